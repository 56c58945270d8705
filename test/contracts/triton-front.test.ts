/** The kit's server as a front before a real Triton: one deployment of two processes, and texts that become tensors on the way. */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { DeployRequest } from '../../lib/core/ports/target.ts';
import { LocalTarget } from '../../lib/local/local-target.ts';
import { optionalEnvironment } from '../support/optional-environment.ts';
import { missingTriton, quickstart, TRITON_ATTEMPTS, TritonTarget } from '../support/triton-target.ts';

interface Tensor {
  name: string;
  datatype: string;
  shape: number[];
  data: number[];
}
type Line = { id: string; inputs: Tensor[]; outputs: Tensor[] };

const under = new TritonTarget();
const { folder, runId, target } = under;
const missing =
  missingTriton ??
  (await optionalEnvironment('gunicorn')).missing ??
  (await optionalEnvironment('onnxruntime-text')).missing;
const lines = (file: string): Line[] =>
  readFileSync(join(quickstart, file), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
const inputs = lines('inputs.jsonl').slice(0, 12);
const golden = new Map(lines('golden.jsonl').map((line) => [line.id, line.outputs]));

/** The quickstart's encoder beside a tokenizer whose words are the numbers of their tokens. */
function readingModel(): string {
  const model = join(folder, 'model');
  mkdirSync(model, { recursive: true });
  copyFileSync(join(quickstart, 'encoder.onnx'), join(model, 'encoder.onnx'));
  const vocab = Object.fromEntries(Array.from({ length: 1024 }, (_, id) => [String(id), id]));
  const none = {
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    post_processor: null,
    decoder: null,
  };
  const words = { type: 'WordLevel', vocab, unk_token: '1' };
  const tokenizer = { version: '1.0', ...none, pre_tokenizer: { type: 'WhitespaceSplit' }, model: words };
  writeFileSync(join(model, 'tokenizer.json'), JSON.stringify(tokenizer));
  return join(model, 'encoder.onnx');
}

function textOf(line: Line): string {
  const [ids, mask] = ['input_ids', 'attention_mask'].map((name) => line.inputs.find((t) => t.name === name)!.data);
  return ids!.filter((_, at) => mask![at] === 1).join(' ');
}

async function infer(url: string, sent: object[], outputs = ['pooled']): Promise<Response> {
  const body = JSON.stringify({ inputs: sent, outputs: outputs.map((name) => ({ name })) });
  return fetch(`${url}/v2/models/model/infer`, { method: 'POST', body });
}

const text = (...data: string[]) => ({ name: 'text', datatype: 'BYTES', shape: [data.length], data });

async function pooled(url: string, sent: object[]): Promise<number[]> {
  const response = await infer(url, sent);
  const answer = (await response.json()) as { outputs: Tensor[] };
  expect(response.status, JSON.stringify(answer)).toBe(200);
  return answer.outputs[0]!.data;
}

function greatestDifference(a: readonly number[], b: readonly number[]): number {
  expect(a.length).toBe(b.length);
  return Math.max(...a.map((value, at) => Math.abs(value - b[at]!)));
}

const wanted = (line: Line) => golden.get(line.id)!.find((t) => t.name === 'pooled')!.data;
const listed = async () => [...new Set((await target.list(runId)).map((r) => r.name))];
const tritons = () => under.processes().filter(({ args }) => args.some((a) => a.startsWith('--model-repository')));
const fronts = () => under.processes().filter(({ args }) => args.includes('gunicorn'));

function reading(name: string, frontWorkers: number, more: Partial<DeployRequest> = {}): DeployRequest {
  const parameters = { frontWorkers, padding: 'multipleOf8', dynamicBatching: {}, instanceCount: 1 };
  const tokenizer = { maxLength: 16, padding: 'none' } as const;
  return under.request(name, parameters, { artifact: readingModel(), tokenizer, ...more });
}

afterEach(async () => {
  for (const name of await listed()) await target.destroy(name);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a front before Triton on this machine', () => {
  const test = (name: string, body: () => Promise<void>) =>
    it(name, { retry: TRITON_ATTEMPTS - 1 }, async (context) => {
      if (missing !== null) context.skip(missing);
      await body();
    });

  test('gives texts the golden outputs, which Triton gives their tensors', async () => {
    const direct = await under.started(under.request('direct', { dynamicBatching: false, instanceCount: 1 }));
    const front = await under.started(reading('front', 2));
    expect(front).toMatchObject({ state: 'ready', reason: null });
    expect(front.facts).toMatchObject({
      triton: '2.51.0',
      upstream: expect.any(String),
      tokenizers: expect.any(String),
    });
    for (const line of inputs) {
      const read = await pooled(front.url!, [text(textOf(line))]);
      expect(greatestDifference(read, wanted(line))).toBeLessThan(1e-4);
      expect(greatestDifference(read, await pooled(direct.url!, line.inputs))).toBeLessThan(1e-5);
      // Tensors pass the front as they are.
      expect(greatestDifference(await pooled(front.url!, line.inputs), wanted(line))).toBeLessThan(1e-4);
    }
    const [long, other] = inputs.filter((line) => textOf(line).split(' ').length > 8) as [Line, Line];
    const both = await pooled(front.url!, [text(textOf(long), textOf(other))]);
    expect(greatestDifference(both, [...wanted(long), ...wanted(other)])).toBeLessThan(1e-4);
  });

  test('pads as its configuration says, and not as the experiment does', async () => {
    const { url } = await under.started(reading('padded', 1));
    const answer = (await (await infer(url!, [text('5 6 7')], ['hidden'])).json()) as { outputs: Tensor[] };
    expect(answer.outputs[0]!.shape).toEqual([1, 8, 64]);
  });

  test('is one deployment of as many workers as it says, on the cores of the server, gone as one', async () => {
    const front = await under.started(reading('whole', 3));
    expect(await listed()).toEqual(['whole']);
    expect(tritons()).toHaveLength(1);
    expect(fronts()).toHaveLength(1 + 3);
    const cores = (pid: number) => /Cpus_allowed_list:\s*(\S+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1];
    expect(new Set([...tritons(), ...fronts()].map(({ pid }) => cores(pid))).size).toBe(1);
    expect(await target.logs('whole')).toMatch(/worker \d ready/);
    expect(await target.logs('whole')).toMatch(/strict_model_config|Started HTTPService/);
    // By a controller that did not make it.
    const other = new LocalTarget({ folder, server: under.server, preparer: null as never });
    await other.destroy('whole');
    expect(await under.processesAfterDeath()).toEqual([]);
    expect(under.sharedMemory('whole')).toEqual([]);
    await expect(fetch(`${front.url}/v2/health/live`)).rejects.toThrow();
  });

  test('is not ready before Triton is', async () => {
    await target.deploy(reading('early', 1));
    for (let looks = 0; looks < 1200 && fronts().length < 2; looks++) await new Promise((r) => setTimeout(r, 5));
    for (const { pid } of tritons()) process.kill(pid, 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await target.ready('early')).toMatchObject({ state: 'starting', url: null });
    for (const { pid } of tritons()) process.kill(pid, 'SIGCONT');
    await expect.poll(async () => (await target.ready('early')).state, { timeout: 60_000 }).toBe('ready');
  });

  for (const role of ['server', 'front'] as const) {
    test(`has failed when its ${role} died, and can be deployed again`, async () => {
      await under.started(reading('halved', 1));
      const [first] = role === 'server' ? tritons() : fronts().sort((a, b) => a.pid - b.pid);
      process.kill(first!.pid, 'SIGKILL');
      await expect.poll(async () => (await target.ready('halved')).state).toBe('failed');
      expect((await target.ready('halved')).reason).toContain(`${role} ended with signal SIGKILL`);
      const again = await under.started(reading('halved', 1));
      expect(again.state).toBe('ready');
      expect(tritons()).toHaveLength(1);
      expect(fronts()).toHaveLength(1 + 1);
    });
  }

  for (const moment of ['both serve', 'both start'] as const) {
    test(`leaves nothing when its controller is killed while ${moment}`, async () => {
      const local = pathToFileURL(join(import.meta.dirname, '..', '..', 'dist', 'lib', 'local')).href;
      const script = `
        import { LocalPreparer } from '${local}/local-preparer.js';
        import { LocalTarget } from '${local}/local-target.js';
        const { request, ...o } = JSON.parse(process.argv[1]);
        const target = new LocalTarget({ ...o, preparer: new LocalPreparer(o.preparing) });
        await target.deploy(request);
        console.log('started');
        for (;;) {
          const { state } = await target.ready(request.name);
          if (state === 'ready') console.log(state);
          await new Promise((resolve) => setTimeout(resolve, 100));
        }`;
      const request = reading('fatherless', 2);
      const given = JSON.stringify({ request, folder, server: under.server, preparing: under.preparing });
      const controller = spawn(process.execPath, ['--input-type=module', '-e', script, given], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const word = moment === 'both serve' ? 'ready' : 'started';
      await new Promise<void>((resolve, reject) => {
        controller.on('exit', () => reject(new Error('the controller ended by itself')));
        controller.stdout.on('data', (data) => String(data).includes(word) && resolve());
      });
      controller.removeAllListeners('exit');
      expect(await listed()).toEqual(['fatherless']);
      controller.kill('SIGKILL');
      expect(await under.processesAfterDeath()).toEqual([]);
      expect(await listed()).toEqual([]);
      await target.destroy('fatherless');
      expect(under.sharedMemory('fatherless')).toEqual([]);
    });
  }
});
