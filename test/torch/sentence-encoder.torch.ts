/** The sentence encoder with its real weights: every runtime gives the golden embeddings, and a wrong model never passes. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { kit, leftovers, root } from '../support/cli.ts';

const example = join(root, 'examples', 'sentence-encoder');
const model = join(root, '.cache', 'models', 'all-MiniLM-L6-v2');
const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'sentences-')));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

try {
  execFileSync('python3', [join(example, 'fetch-model.py')], { stdio: 'inherit' });
} catch {
  // Said by the script; the tests below are then skipped with the reason.
}
const missing = existsSync(join(model, 'model.safetensors')) ? null : 'the model package could not be fetched';

/** Layers 2 and 3 of the encoder change places: every shape is right, the model is not. */
function wrongModel(): string {
  const folder = join(cwd, 'wrong-model');
  cpSync(model, folder, { recursive: true });
  const file = join(folder, 'model.safetensors');
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = bytes.toString('utf8', 8, 8 + length);
  const swapped = header
    .replaceAll('layer.2.', 'layer.X.')
    .replaceAll('layer.3.', 'layer.2.')
    .replaceAll('layer.X.', 'layer.3.');
  expect(swapped).not.toBe(header);
  bytes.write(swapped, 8, 'utf8');
  writeFileSync(file, bytes);
  return folder;
}

describe.skipIf(missing !== null)(`the sentence encoder${missing ? ` (${missing})` : ''}`, () => {
  it('is measured on every runtime, golden outputs checked, and one is recommended', async () => {
    const ended = await kit(['run', example, '--json'], { cwd });
    expect(ended.code, ended.stderr).toBe(0);
    const recommendation = JSON.parse(ended.stdout);
    expect(recommendation.choice).not.toBeNull();
    const report = await kit(['report', '--format', 'json'], { cwd });
    const { rows } = JSON.parse(report.stdout) as { rows: { configuration: string; validity: string }[] };
    expect(rows.map((r) => r.configuration).sort()).toEqual(['onnxruntime', 'torch-eager', 'torch-torchscript']);
    console.log(ended.stderr, (await kit(['report', '--format', 'md'], { cwd })).stdout);
    expect(leftovers(cwd)).toEqual([]);
  });

  it('with two layers swapped fails the golden check, on eager and on the export made from it', async () => {
    const text = readFileSync(join(example, 'experiment.yaml'), 'utf8')
      .replace(/source: .*/, `source: ${wrongModel()}`)
      .replace('inputs.jsonl', join(example, 'inputs.jsonl'))
      .replace('golden.jsonl', join(example, 'golden.jsonl'));
    writeFileSync(join(cwd, 'wrong.yaml'), text);
    for (const configuration of ['torch-eager', 'onnxruntime']) {
      const ended = await kit(['smoke', 'wrong.yaml', '--configuration', configuration, '--json'], { cwd });
      expect(ended.code, ended.stderr).toBe(4);
      const outcome = JSON.parse(ended.stdout);
      expect(outcome).toMatchObject({ ok: false, gone: true });
      expect(outcome.detail).toMatch(/64 of 64 golden outputs differ/);
    }
  });
});
