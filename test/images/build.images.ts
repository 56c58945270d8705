/** The images as they are built and served: buildah instead of a Docker engine, a Debian of our own instead of the bases. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadResultSchema } from '../../lib/core/load/job.ts';
import { freePort } from '../../lib/local/free-port.ts';
import { findPython } from '../../lib/local/python.ts';
import {
  type BuiltImage,
  baseImage,
  buildImage,
  configOf,
  contractCommand,
  startContainer,
  whyNoImages,
} from '../support/buildah.ts';
import { waitForOk } from '../support/http-wait.ts';
import { endpointOf, jobOf, segmentOf } from '../support/load-job.ts';

const root = join(import.meta.dirname, '..', '..');
const why = whyNoImages();
if (why !== null) console.log(`images are not built: ${why}`);
const quickstart = join(root, 'examples', 'quickstart');
const lines = (name: string) =>
  readFileSync(join(quickstart, name), 'utf8')
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l));
const folder = mkdtempSync(join(tmpdir(), 'infersweep-images-'));
const running: { remove(): Promise<void> }[] = [];

let cpu: BuiltImage;
let loadgen: BuiltImage;

beforeAll(async () => {
  if (why !== null) return;
  await baseImage();
  cpu = await buildImage('cpu', 'cpu', { ENVIRONMENT: 'onnxruntime' });
  execFileSync(process.execPath, [join(root, 'containers', 'loadgen', 'bundle.mjs')]);
  loadgen = await buildImage('loadgen', 'loadgen');
  console.log(`built cpu in ${cpu.seconds.toFixed(1)} s, loadgen in ${loadgen.seconds.toFixed(1)} s`);
}, 900_000);

afterEach(async () => {
  for (const container of running.splice(0)) await container.remove();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function start(image: string, o: Parameters<typeof startContainer>[1]) {
  const container = await startContainer(image, o);
  running.push(container);
  return container;
}

/** The quickstart's encoder behind ONNX Runtime, on loopback. */
async function serve(args: string[], more: Record<string, string> = {}) {
  const port = await freePort();
  const env = {
    INFERSWEEP_ADAPTER: 'onnxruntime',
    INFERSWEEP_MODEL: '/opt/ml/model/encoder.onnx',
    INFERSWEEP_BATCHING: '{"maxBatchSize": 8}',
    INFERSWEEP_HOST: '127.0.0.1',
    INFERSWEEP_PORT: String(port),
    ...more,
  };
  const volumes = { [join(quickstart, 'encoder.onnx')]: '/opt/ml/model/encoder.onnx:ro' };
  const container = await start(cpu.image, { args, env, volumes });
  const url = `http://127.0.0.1:${port}`;
  await waitForOk(`${url}/ping`);
  return { ...container, url };
}

async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  const content = { 'content-type': 'application/json', ...headers };
  const answer = await fetch(url, { method: 'POST', headers: content, body: JSON.stringify(body) });
  return { status: answer.status, json: (await answer.json()) as { outputs: { name: string; data: number[] }[] } };
}

/** The server's own tests, with the image in the place of the server. */
async function python(args: string[], command: string) {
  const server = join(root, 'containers', 'server');
  const env = { ...process.env, INFERSWEEP_CONTRACT_COMMAND: command, PYTHONDONTWRITEBYTECODE: '1' };
  const { command: interpreter } = await findPython();
  return promisify(execFile)(interpreter, args, { cwd: server, env, timeout: 280_000 });
}

describe(why === null ? 'images' : `images (not built: ${why})`, () => {
  const test = it.skipIf(why !== null);

  test('start the kit’s entry in exec form, as a user that is not root', async () => {
    expect(await configOf(cpu.image)).toMatchObject({ User: '1000', Entrypoint: ['/opt/kit/serve'] });
    expect(await configOf(loadgen.image)).toMatchObject({
      User: '1000',
      Entrypoint: ['node', '/opt/kit/load/run.mjs'],
    });
    for (const image of [cpu.image, loadgen.image]) expect((await configOf(image)).Cmd ?? []).toEqual([]);
  });

  test('hold no weights, no tests and no compiled leftovers', async () => {
    const wrap = ['find', '/opt/kit', '-name', '*.onnx', '-o', '-name', '*.pt', '-o', '-name', '*.safetensors'];
    const ours = ['-o', '-path', '/opt/kit/server/*tests*', '-o', '-path', '/opt/kit/server/*__pycache__*'];
    // ONNX Runtime's wheel brings small models of its own for its transformers tests.
    const found = await start(cpu.image, { wrap: [...wrap, ...ours] });
    expect(await found.ended).toBe(0);
    expect(found.output.text.split('\n').filter((f) => f !== '' && !f.includes('/site-packages/'))).toEqual([]);
  });

  test.each([[['serve']], [[]]])('serve KServe and SageMaker alike when started with %j', async (args) => {
    const server = await serve(args);
    const processes = server.processes();
    expect(processes.map(({ uid }) => uid)).toEqual([1000, 1000]);
    expect(
      processes.filter(({ args }) => args.includes('host_watch')),
      'the watcher of the host',
    ).toHaveLength(1);
    expect((await fetch(`${server.url}/v2/health/live`)).status).toBe(200);
    expect((await fetch(`${server.url}/v2/health/ready`)).status).toBe(200);
    const [input] = lines('inputs.jsonl');
    const [golden] = lines('golden.jsonl');
    const kserve = await post(`${server.url}/v2/models/model/infer`, { inputs: input.inputs });
    expect(kserve.status).toBe(200);
    const pooled = kserve.json.outputs.find((o) => o.name === 'pooled')!.data;
    const expected = golden.outputs.find((o: { name: string }) => o.name === 'pooled').data as number[];
    expect(Math.max(...pooled.map((v, i) => Math.abs(v - expected[i]!)))).toBeLessThan(1e-4);
    const sagemaker = await post(`${server.url}/invocations`, { inputs: input.inputs });
    expect(sagemaker.json.outputs).toEqual(kserve.json.outputs);
    expect((await post(`${server.url}/v2/models/model/infer`, { inputs: [] })).status).toBe(400);
    expect((await fetch(`${server.url}/nothing`)).status).toBe(404);
    server.signal('SIGTERM');
    expect(await server.ended).toBe(0);
    expect(server.output.text).toContain('infersweep_server: stopped\n');
  });

  test('say what is missing and end, where nothing says what to serve', async () => {
    const server = await start(cpu.image, { args: ['serve'] });
    expect(await server.ended).not.toBe(0);
    expect(server.output.text).toContain('serve: INFERSWEEP_ADAPTER is not set');
  });

  test('serve under gunicorn as well', async () => {
    const server = await serve([], { INFERSWEEP_GUNICORN: '{"workers": 1, "threads": 2}' });
    const [input] = lines('inputs.jsonl');
    expect((await post(`${server.url}/invocations`, { inputs: input.inputs })).status).toBe(200);
    expect(server.processes().some(({ args }) => args.includes('gunicorn'))).toBe(true);
  });

  test('keep the contract of the server', async () => {
    // As root: the suite's configuration lies in a folder that only its owner may enter.
    const { command, remove } = await contractCommand(cpu.image);
    running.push({ remove });
    const { stdout, stderr } = await python(['-m', 'unittest', '-v', 'tests.test_contract.GivenCommand'], command);
    const ran = `${stdout}${stderr}`;
    expect(ran).toMatch(/^Ran [1-9]\d* tests/m);
    expect(ran).toMatch(/^OK/m);
    expect(ran).not.toContain('no command to start a server with');
  });

  test('start Triton’s image by the same entry, which says what it lacks', async () => {
    const { image } = await buildImage('triton', 'triton');
    expect(await configOf(image)).toMatchObject({ User: '1000', Entrypoint: ['/opt/kit/serve'] });
    const server = await start(image, { args: ['serve'] });
    expect(await server.ended).not.toBe(0);
    expect(server.output.text).toContain('serve: there is no model repository');
  });

  test('run as root where SageMaker wants it', async () => {
    // Every Dockerfile takes RUN_AS in the same words; this is the one that builds fastest.
    const { image } = await buildImage('loadgen', 'loadgen-root', { RUN_AS: 'root' });
    expect((await configOf(image)).User).toBe('root');
  });

  test('load one image from the other', async () => {
    const server = await serve([]);
    const [input] = lines('inputs.jsonl');
    const endpoint = endpointOf(server.url, { path: '/v2/models/model/infer' });
    endpoint.bodies[0]!.content = JSON.stringify({ inputs: input.inputs });
    const job = jobOf(server.url, [segmentOf({ kind: 'closed', users: 2 }, 2)], { endpoints: { e: endpoint } });
    writeFileSync(join(folder, 'job.json'), JSON.stringify(job));
    execFileSync('chown', ['-R', '1000', folder]);
    const args = ['job', 'result', 'progress'].map((name) => `/run/load/${name}.json`);
    const load = await start(loadgen.image, { args, volumes: { [folder]: '/run/load' } });
    expect(await load.ended, load.output.text).toBe(0);
    const result = loadResultSchema.parse(JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')));
    expect(result.segments[0]!.requests).toBeGreaterThan(10);
    expect(Object.values(result.segments[0]!.errors).reduce((sum, n) => sum + n, 0)).toBe(0);
  });
});
