/** A model repository as data: what stands at which path. Whoever writes it knows files, this does not. */

import { illegalities } from './legality.ts';
import type { ModelConfig } from './model-config.ts';
import { pbtxt } from './pbtxt.ts';

export type RepositoryEntry =
  | { path: string; content: string }
  /** The prepared artifact stands here, linked or copied. */
  | { path: string; link: string };

/** File or folder in a version folder that each backend looks for. */
const artifactName: Record<string, string | null> = {
  pytorch_libtorch: 'model.pt',
  tensorrt_plan: 'model.plan',
  onnxruntime_onnx: 'model.onnx',
  python: 'model.py',
  // Weights split for one GPU, as the converters write them.
  fastertransformer: '1-gpu',
  ensemble: null,
};

export interface ServedModel {
  config: ModelConfig;
  /** Where the artifact lies now; null for an ensemble. */
  artifact: string | null;
}

/**
 * @throws RangeError naming every configuration that Triton would refuse.
 */
export function modelRepository(models: readonly ServedModel[]): RepositoryEntry[] {
  return models.flatMap(({ config, artifact }) => {
    const wrong = illegalities(config);
    if (wrong.length > 0) throw new RangeError(`configuration of ${config.name}: ${wrong.join('; ')}`);
    const file = artifactName[(config.platform ?? config.backend)!] ?? null;
    const text: RepositoryEntry = { path: `${config.name}/config.pbtxt`, content: pbtxt(config) };
    // An ensemble still needs its version folder.
    if (file === null) return [text, { path: `${config.name}/1/.keep`, content: '' }];
    if (artifact === null) throw new RangeError(`${config.name} has no artifact`);
    return [text, { path: `${config.name}/1/${file}`, link: artifact }];
  });
}
