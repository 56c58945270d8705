/** One real model, six ways to run it: the embeddings agree as far as each precision allows. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { root } from '../support/cli.ts';
import { environmentIn } from '../support/environment.ts';

const example = join(root, 'examples', 'sentence-encoder');
const model = join(root, '.cache', 'models', 'all-MiniLM-L6-v2');
const cwd = mkdtempSync(join(tmpdir(), 'agree-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

try {
  execFileSync('python3', [join(example, 'fetch-model.py')], { stdio: 'inherit' });
} catch {
  // Said by the script; the tests below are then skipped with the reason.
}
const missing = existsSync(join(model, 'model.safetensors')) ? null : 'the model package could not be fetched';

/** Components of a normalised embedding are at most 1, and 0.05 on average in 384 dimensions. */
const tolerances = { fp32: { maxAbsolute: 1e-5, minCosine: 0.99999 }, bf16: { maxAbsolute: 0.02, minCosine: 0.998 } };

interface Way {
  sentences: number;
  maxAbsolute: number;
  minCosine: number;
  speedup: number;
  loadSeconds: number;
}

describe.skipIf(missing !== null)(`runtimes of the sentence encoder${missing ? ` (${missing})` : ''}`, () => {
  it('agree, and their CPU time beside eager is printed', async () => {
    const { python, pythonPath } = await environmentIn('torch');
    const env = { ...process.env, ...(pythonPath === null ? {} : { PYTHONPATH: pythonPath }) };
    const run = (...args: string[]) =>
      execFileSync(python, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 800_000 });
    for (const [script, folder] of [
      ['trace.py', 'traced'],
      ['export_onnx.py', 'exported'],
    ] as const) {
      run(join(root, 'containers', 'prepare', script), model, join(cwd, folder));
    }
    const ways: Record<string, Way> = JSON.parse(
      run(
        join(root, 'test', 'torch', 'agree.py'),
        model,
        join(cwd, 'traced'),
        join(cwd, 'exported'),
        join(example, 'inputs.jsonl'),
      ),
    );
    console.table(ways);
    expect(Object.keys(ways)).toHaveLength(6);
    for (const [name, way] of Object.entries(ways)) {
      const { maxAbsolute, minCosine } = name.endsWith('bf16') ? tolerances.bf16 : tolerances.fp32;
      expect(way.sentences, name).toBe(64);
      expect(way.maxAbsolute, name).toBeLessThanOrEqual(maxAbsolute);
      expect(way.minCosine, name).toBeGreaterThanOrEqual(minCosine);
    }
    // bf16 really was another precision: equal numbers would mean that the cast did nothing.
    for (const name of ['eager-bf16', 'compile-bf16']) expect(ways[name]!.maxAbsolute, name).toBeGreaterThan(1e-5);
  });
});
