/** Preparation on this machine, with conversion scripts that take no torch. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Preparation } from '../../lib/core/plan/plan.ts';
import type { PrepareState } from '../../lib/core/ports/preparer.ts';
import { LocalPreparer } from '../../lib/local/local-preparer.ts';

const root = mkdtempSync(join(tmpdir(), 'infersweep-preparer-'));
const cache = join(root, 'cache');
const locks = join(root, 'locks');
const scripts = join(root, 'scripts');
const base = join(root, 'base');
for (const folder of [locks, scripts, join(base, 'model')]) mkdirSync(folder, { recursive: true });
writeFileSync(join(locks, 'torch.txt'), '# an environment without packages\n');
afterAll(() => rmSync(root, { recursive: true, force: true }));

const preparation: Preparation = {
  id: 'p',
  runtime: 'onnxruntime',
  kind: 'onnx-export',
  source: 'model',
  environment: null,
  host: 'local',
  needs: null,
  device: null,
  settings: {},
  secondsExpected: 1,
  cached: null,
};

/** What the conversion script does, given `out`. */
function script(body: string): void {
  const head = 'import json, os, pathlib, signal, sys\nout = pathlib.Path(sys.argv[2])\n';
  writeFileSync(join(scripts, 'export_onnx.py'), `${head}${body}\n`);
}

const MANIFEST = '(out / "manifest.json").write_text(json.dumps({"artifact": "model.onnx"}))';

async function prepared(change: Partial<Preparation> = {}): Promise<PrepareState> {
  const preparer = new LocalPreparer({ cache, base, locks, scripts });
  const handle = await preparer.start({ ...preparation, ...change });
  for (let i = 0; i < 600; i++) {
    const state = await preparer.check(handle);
    if (state.state !== 'running') return state;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('still running');
}

beforeEach(() => {
  rmSync(join(cache, 'artifacts'), { recursive: true, force: true });
  mkdirSync(join(cache, 'artifacts'), { recursive: true });
  writeFileSync(join(base, 'model', 'config.json'), '{}');
});

describe('the local preparer', { timeout: 60_000 }, () => {
  it('makes an artifact once, and names what it was made from in its manifest', async () => {
    script(MANIFEST);
    const first = await prepared();
    expect(first).toMatchObject({ state: 'done' });
    const { artifact } = first as Extract<PrepareState, { state: 'done' }>;
    const manifest = JSON.parse(readFileSync(join(artifact, 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({
      artifact: 'model.onnx',
      kind: 'onnx-export',
      identity: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(artifact).toContain(manifest.identity.slice(0, 16));
    script(`raise SystemExit("made again")\n# ${MANIFEST}`);
    // Another script is another artifact; the same one is not run again.
    expect(await prepared()).toMatchObject({ state: 'failed', reason: expect.stringContaining('made again') });
    script(MANIFEST);
    expect(await prepared()).toMatchObject({ state: 'done', artifact, cached: true });
  });

  it('makes another artifact for another model and for other settings', async () => {
    script(MANIFEST);
    await prepared();
    await prepared({ settings: { tokens: 64 } });
    writeFileSync(join(base, 'model', 'config.json'), '{"changed": true}');
    await prepared();
    expect(readdirSync(join(cache, 'artifacts'))).toHaveLength(3);
  });

  it('keeps the finished parts of a conversion that broke off', async () => {
    const flag = join(root, 'go-on');
    script(
      `(out / "seen").write_text(str(sorted(p.name for p in out.iterdir())))\n(out / "part").write_text("done")\nif not os.path.exists(${JSON.stringify(flag)}): sys.exit("broke off")\n${MANIFEST}`,
    );
    expect(await prepared()).toMatchObject({ state: 'failed', reason: 'export_onnx.py failed: broke off' });
    writeFileSync(flag, '');
    const again = (await prepared()) as Extract<PrepareState, { state: 'done' }>;
    expect(readFileSync(join(again.artifact, 'seen'), 'utf8')).toContain("'part'");
    expect(readdirSync(join(cache, 'artifacts')).filter((f) => /partial|tmp/.test(f))).toEqual([]);
  });

  it('takes a killed conversion for one that ran out of memory', async () => {
    script('os.kill(os.getpid(), signal.SIGKILL)');
    expect(await prepared()).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('running out of memory'),
    });
  });

  it('refuses a model whose manifest names another device', async () => {
    const manifest = join(base, 'model', 'manifest.json');
    const device = { name: 'nvidia-t4', computeCapability: '7.5', neuronCores: null };
    writeFileSync(manifest, JSON.stringify({ device, versions: { tensorrt: '10.13.3' } }));
    const refused = await prepared({ kind: 'file' });
    rmSync(manifest);
    expect(refused).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('made for nvidia-t4, and this is a CPU'),
    });
    expect(await prepared({ kind: 'file' })).toMatchObject({ state: 'done', artifact: join(base, 'model') });
  });

  it.each<[Partial<Preparation>, RegExp]>([
    [{ kind: 'tensorrt-engine', needs: 'g4dn.xlarge' }, /^needs g4dn\.xlarge: tensorrt-engine is made by the compiler/],
    [{ source: 's3://bucket/model/' }, /^needs AWS: s3:\/\/bucket\/model\/ is not on this machine/],
    [{ kind: 'torchscript-trace', host: 'sagemaker' }, /^needs the image that serves it/],
  ])('says of %j what it needs, and starts nothing', async (change, why) => {
    const preparer = new LocalPreparer({ cache, base, locks, scripts });
    expect(preparer.refuses({ ...preparation, ...change })).toMatch(why);
    expect(await prepared(change)).toMatchObject({ state: 'failed', reason: expect.stringMatching(why) });
    expect(readdirSync(join(cache, 'artifacts'))).toEqual([]);
  });

  it('refuses nothing that it can make', () => {
    const preparer = new LocalPreparer({ cache, base, locks, scripts });
    for (const change of [{}, { kind: 'torchscript-trace' }, { kind: 'file', host: 'ec2' }, { host: 'ec2' }] as const) {
      expect(preparer.refuses({ ...preparation, ...change })).toBeNull();
    }
    expect(existsSync(join(cache, 'environments'))).toBe(true);
  });
});
