/** A real Triton, started by the local target, spoken to by its own client. */
import { execFile, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import type { Parameters } from '../../lib/core/plan/plan.ts';
import { prepareTriton, removeSharedMemory } from '../../lib/local/triton-launch.ts';
import { optionalEnvironment } from '../support/optional-environment.ts';
import {
  containers,
  missingTriton,
  plannedParameters,
  quickstart,
  TRITON_ATTEMPTS,
  TritonTarget,
  tritonEnvironment,
} from '../support/triton-target.ts';

const run = promisify(execFile);
const under = new TritonTarget();
const { folder, runId, target } = under;
const client = await optionalEnvironment('triton-client');
const missing = missingTriton ?? client.missing;
const started = (name: string, parameters: Parameters) => under.started(under.request(name, parameters));

async function seen(url: string) {
  const { python, pythonPath } = client.environment!;
  const script = join(import.meta.dirname, '..', 'support', 'triton-client.py');
  const env = { ...process.env, ...(pythonPath === null ? {} : { PYTHONPATH: pythonPath }) };
  const { stdout } = await run(python, [script, new URL(url).host, quickstart], { env, timeout: 60_000 });
  return JSON.parse(stdout);
}

const ours = under.processes;

afterAll(async () => {
  for (const { name } of await target.list(runId)) await target.destroy(name);
  rmSync(folder, { recursive: true, force: true });
});

describe('Triton on this machine', () => {
  const test = (name: string, body: () => Promise<void>) =>
    it(name, { retry: TRITON_ATTEMPTS - 1 }, async (context) => {
      if (missing !== null) context.skip(missing);
      await body();
    });

  test('serves golden outputs to its own client, batched as it was told', async () => {
    const ready = await started('batched', { dynamicBatching: { maxQueueDelayMs: 5 }, instanceCount: 1 });
    expect(ready).toMatchObject({ state: 'ready', facts: { triton: '2.51.0' } });
    expect((await target.list(runId)).map((r) => r.name)).toEqual(['batched']);
    const told = await seen(ready.url!);
    expect(told).toMatchObject({ live: true, ready: true, version: '2.51.0', refusal: '400' });
    expect(told.config).toMatchObject({ max_batch_size: 16, backend: 'python' });
    expect(told.config.dynamic_batching).toMatchObject({ max_queue_delay_microseconds: 5000 });
    expect(told.config.input[0]).toMatchObject({ name: 'input_ids', dims: [-1], allow_ragged_batch: true });
    expect(told.error.alone).toBeLessThan(1e-4);
    expect(told.error.together).toBeLessThan(1e-4);
    expect(told.inferences / told.executions).toBeGreaterThan(1.2);
    await target.destroy('batched');
    await expect(fetch(`${ready.url}/v2/health/live`)).rejects.toThrow();
    expect(ours()).toEqual([]);
    expect(under.sharedMemory('batched')).toEqual([]);
  });

  test('runs base as base: no batching that nobody asked for, and two instances as two', async () => {
    const ready = await started('base', { dynamicBatching: false, instanceCount: 2 });
    const told = await seen(ready.url!);
    expect(told.config.dynamic_batching).toBeUndefined();
    expect(told.config.instance_group).toMatchObject([{ count: 2, kind: 'KIND_CPU' }]);
    expect(told.inferences).toBe(told.executions);
    expect(readFileSync(join(folder, 'base', 'server.log'), 'utf8')).toMatch(/strict_model_config\s*\|\s*1/);
    await target.destroy('base');
  });

  test('leaves nothing when it is killed', async () => {
    await started('killed', { dynamicBatching: false, instanceCount: 1 });
    // With its python process, which would else tidy up.
    for (const { pid } of ours()) process.kill(pid, 'SIGKILL');
    expect(under.sharedMemory('killed')).not.toEqual([]);
    expect(await under.processesAfterDeath()).toEqual([]);
    await expect.poll(async () => (await target.ready('killed')).state).toBe('failed');
    await target.destroy('killed');
    expect(under.sharedMemory('killed')).toEqual([]);
  });

  test('ends with whoever started it, however that ended', async () => {
    const launch = await prepareTriton({
      folder: join(folder, 'fatherless'),
      containers,
      environment: tritonEnvironment.environment!,
      artifact: join(quickstart, 'encoder.onnx'),
      parameters: plannedParameters,
      cores: 1,
      mark: `infersweep:${runId}/fatherless`,
    });
    const start = 'import subprocess, sys, time; subprocess.Popen(sys.argv[1:]); time.sleep(120)';
    const parent = spawn(tritonEnvironment.environment!.python, ['-c', start, ...launch.command], {
      stdio: 'ignore',
      env: { ...process.env, ...launch.env },
    });
    const answers = () =>
      fetch(`http://127.0.0.1:${launch.port}/v2/health/ready`).then(
        (r) => r.ok,
        () => false,
      );
    for (let looks = 0; looks < 300 && !(await answers()); looks++) await new Promise((r) => setTimeout(r, 100));
    expect(await answers()).toBe(true);
    parent.kill('SIGKILL');
    expect(await under.processesAfterDeath()).toEqual([]);
    removeSharedMemory(join(folder, 'fatherless'));
    expect(under.sharedMemory('fatherless')).toEqual([]);
  });

  test('says why it did not start, with its last words', async () => {
    await expect(
      target.deploy({ ...under.request('broken', {}), artifact: join(folder, 'none.onnx') }),
    ).rejects.toThrow();
  });
});
