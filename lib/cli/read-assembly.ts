/** Reads what `cdk synth` wrote: the stacks of an assembly and of its stages. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SynthesisedStack } from '../core/cost/price-assembly.ts';
import type { Template } from '../core/cost/template.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';

interface Artifact {
  type: string;
  environment?: string;
  properties?: {
    templateFile?: string;
    stackName?: string;
    tags?: Record<string, string>;
    directoryName?: string;
  };
}

const UNKNOWN_REGION = 'unknown-region';

/** @throws CliError when the folder holds no assembly */
export function readAssembly(folder: string): SynthesisedStack[] {
  const file = join(folder, 'manifest.json');
  if (!existsSync(file)) {
    throw new CliError(
      exitCodes.usage,
      `there is no cloud assembly in ${folder}: no manifest.json`,
      'npx cdk synth -q',
    );
  }
  const { artifacts } = readJson<{ artifacts?: Record<string, Artifact> }>(file);
  return Object.entries(artifacts ?? {}).flatMap(([id, { type, environment, properties = {} }]) => {
    if (type === 'cdk:cloud-assembly' && properties.directoryName)
      return readAssembly(join(folder, properties.directoryName));
    if (type !== 'aws:cloudformation:stack' || !properties.templateFile) return [];
    const region = environment?.split('/').at(-1) ?? UNKNOWN_REGION;
    return [
      {
        name: properties.stackName ?? id,
        region: region === UNKNOWN_REGION ? null : region,
        tags: properties.tags ?? {},
        template: readJson<Template>(join(folder, properties.templateFile)),
      },
    ];
  });
}

function readJson<T>(file: string): T {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch (error) {
    throw new CliError(exitCodes.usage, `cannot read ${file}: ${(error as Error).message}`, 'npx cdk synth -q');
  }
}
