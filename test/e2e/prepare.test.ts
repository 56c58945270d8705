/** `infersweep prepare` as a stranger types it. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { kit, root } from '../support/cli.ts';

const cwd = mkdtempSync(join(tmpdir(), 'infersweep-prepare-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
cpSync(join(root, 'examples', 'quickstart'), join(cwd, 'quickstart'), { recursive: true });

function experiment(name: string, targets: string, runtimes: string[]): void {
  const text = `schema: infersweep.experiment.v1
name: ${name}
aws: { region: us-east-1 }
model: { source: encoder.onnx, inputs: inputs.jsonl, golden: golden.jsonl }
slo: { percentile: 95, latencyMs: 500 }
budget: { usd: 25, hours: 4 }
targets: [{ ${targets} }]
runtimes: [${runtimes.map((r) => `{ ${r} }`).join(', ')}]
`;
  writeFileSync(join(cwd, 'quickstart', `${name}.yaml`), text);
}

const t4 = 'sagemaker: { instanceTypes: [ml.g4dn.xlarge] }';
const engine = 'triton: { backend: tensorrt, precision: fp16 }';
experiment('engine', t4, [engine]);
experiment('mixed', t4, [engine, 'triton: { backend: onnxruntime }']);
const run = (...args: string[]) => kit(['prepare', ...args], { cwd });
const preparations = (stdout: string) => JSON.parse(stdout).preparations;

describe('prepare', () => {
  it('says where an engine is built, and ends with 3 when nothing can be made here', async () => {
    const ended = await run('quickstart/engine.yaml', '--json');
    expect(ended.code, ended.stderr).toBe(3);
    expect(preparations(ended.stdout)).toMatchObject([
      {
        kind: 'tensorrt-engine',
        host: 'sagemaker',
        needs: 'g4dn.xlarge',
        device: 'nvidia-t4',
        state: 'needs',
        artifact: null,
        reason: expect.stringContaining('needs g4dn.xlarge'),
      },
    ]);
  });

  it('makes what it can, and the rest does not fail it', async () => {
    const ended = await run('quickstart/mixed.yaml', '--json');
    expect(ended.code, ended.stderr).toBe(0);
    expect(preparations(ended.stdout).map((p: { state: string }) => p.state)).toEqual(['needs', 'cached']);
  });

  it('writes nothing on a dry run', async () => {
    rmSync(join(cwd, '.infersweep'), { recursive: true, force: true });
    const ended = await run('quickstart/engine.yaml', '--dry-run');
    expect([ended.code, existsSync(join(cwd, '.infersweep'))]).toEqual([0, false]);
    expect(ended.stdout).toMatch(/tensorrt-engine +sagemaker +g4dn\.xlarge +nvidia-t4 +needs +about 70 min/);
  });

  it('makes the local ones outside any trial, and finds them the second time', async () => {
    const first = await run('quickstart');
    expect(first.code, first.stderr).toBe(0);
    const second = await run('quickstart', '--json');
    expect(second.code, second.stderr).toBe(0);
    expect(preparations(second.stdout)).toMatchObject([{ kind: 'file', needs: null, state: 'cached', reason: null }]);
    const runs = join(cwd, '.infersweep', 'runs');
    for (const id of readdirSync(runs)) {
      expect(JSON.parse(readFileSync(join(runs, id, 'preparations.json'), 'utf8'))).toHaveLength(1);
      expect(existsSync(join(runs, id, 'measurements.jsonl'))).toBe(false);
      expect(readFileSync(join(runs, id, 'journal.jsonl'), 'utf8')).not.toContain('deploy');
    }
  });
});
