/** Requests to an endpoint reach the server behind it, as the load engine sends them. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kitServers } from '../support/aws/container-launcher.ts';
import { SagemakerLab } from '../support/aws/sagemaker-lab.ts';
import { signedPost } from '../support/aws/signed-fetch.ts';

const servers = kitServers();
let lab: SagemakerLab;
const signing = { service: 'sagemaker', region: 'us-east-1' };
const path = '/endpoints/infersweep-a/invocations';
const post = (body: string | Buffer, at = path) => signedPost(lab.aws.url, at, signing, body);
const body = JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 8], data: Array(8).fill(0.5) }] });

beforeAll(async () => {
  lab = await SagemakerLab.start({ launcher: servers.launcher, start: () => ({ seconds: 60 }) });
  const target = lab.target();
  await target.deploy(lab.request('infersweep-a'));
  expect((await post(body)).status).toBe(400);
  lab.world.advance(60);
  expect(await target.ready('infersweep-a')).toMatchObject({ state: 'ready' });
});
afterAll(async () => {
  await lab.close();
  servers.close();
});

it('answers with what the container says', async () => {
  const answer = await post(body);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('x-amzn-invoked-production-variant')).toBe('AllTraffic');
  expect(await answer.json()).toMatchObject({ outputs: [{ name: 'y' }, { name: 'pooled' }] });
});

it("turns a container's error into a ModelError with its status", async () => {
  const answer = await post('{"inputs": []}');
  expect(answer.status).toBe(424);
  expect(answer.headers.get('x-amzn-errortype')).toBe('ModelError');
  expect(await answer.json()).toMatchObject({
    OriginalStatusCode: 400,
    Message: expect.stringMatching(/client error \(400\)/),
  });
});

it('knows no other endpoint, and takes 6 MiB and no more', async () => {
  const unknown = await post(body, '/endpoints/infersweep-b/invocations');
  expect(unknown.headers.get('x-amzn-errortype')).toBe('ValidationError');
  expect((await post(Buffer.alloc(6_291_457, 32))).status).toBe(413);
});

it('costs little beside the server itself', async () => {
  const direct = lab.hosting.urlOf('infersweep-a')!;
  const median = async (call: () => Promise<Response>) => {
    const times: number[] = [];
    for (let n = 0; n < 60; n++) {
      const from = performance.now();
      await (await call()).arrayBuffer();
      times.push(performance.now() - from);
    }
    return times.sort((a, b) => a - b)[30]!;
  };
  const headers = { 'content-type': 'application/json' };
  const alone = await median(() => fetch(`${direct}/invocations`, { method: 'POST', body, headers }));
  const through = await median(() => post(body));
  console.log(`direct ${alone.toFixed(2)} ms, through the endpoint ${through.toFixed(2)} ms`);
  expect(through / alone).toBeLessThan(12);
});
