/** A real Triton, started by the local target, spoken to by its own client. */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import type { Parameters } from '../../lib/core/plan/plan.ts';
import type { DeployRequest } from '../../lib/core/ports/target.ts';
import { LocalPreparer } from '../../lib/local/local-preparer.ts';
import { LocalTarget } from '../../lib/local/local-target.ts';
import { listProcesses } from '../../lib/local/processes.ts';
import { prepareTriton, removeSharedMemory } from '../../lib/local/triton-launch.ts';
import { examplePlan } from '../support/example-plan.ts';
import { optionalEnvironment } from '../support/optional-environment.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'triton-'));
const containers = join(import.meta.dirname, '..', '..', 'containers');
const quickstart = join(import.meta.dirname, '..', '..', 'examples', 'quickstart');
const runId = `triton-${process.pid}`;
const preparer = new LocalPreparer({
  cache: process.env['INFERSWEEP_CACHE'] ?? join(homedir(), '.cache', 'infersweep'),
  base: folder,
  locks: join(containers, 'server', 'environments'),
  scripts: join(containers, 'prepare'),
});
const target = new LocalTarget({ folder, server: join(containers, 'server'), preparer });
const server = await optionalEnvironment('triton');
const client = await optionalEnvironment('triton-client');
const missing = server.missing ?? client.missing ?? (await withoutLibrary());
const [planned] = (await examplePlan('triton-instance-sweep/laptop.yaml')).deployments;

/** Triton's python backend links the shared library of Python, which not every installation has. */
async function withoutLibrary(): Promise<string | null> {
  const ask = `import sys; sys.path[:0] = [${JSON.stringify(join(containers, 'triton'))}]; import launch; print(launch.python_library() is not None)`;
  const { stdout } = await run(server.environment!.python, ['-c', ask]);
  return stdout.trim() === 'True' ? null : 'this Python has no shared library (Debian: apt-get install libpython3)';
}

function request(name: string, parameters: Parameters): DeployRequest {
  const configuration = {
    ...planned!.configuration,
    parameters: { ...planned!.configuration.parameters, ...parameters },
  };
  const artifact = join(quickstart, 'encoder.onnx');
  return { runId, name, deployment: { ...planned!, configuration }, artifact, tokenizer: null, ttlSeconds: 60 };
}

async function started(name: string, parameters: Parameters) {
  await target.deploy(request(name, parameters));
  for (let looks = 0; looks < 1200; looks++) {
    const state = await target.ready(name);
    if (state.state !== 'starting') return state;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`never ready: ${await target.logs(name)}`);
}

async function seen(url: string) {
  const { python, pythonPath } = client.environment!;
  const script = join(import.meta.dirname, '..', 'support', 'triton-client.py');
  const env = { ...process.env, ...(pythonPath === null ? {} : { PYTHONPATH: pythonPath }) };
  const { stdout } = await run(python, [script, new URL(url).host, quickstart], { env, timeout: 60_000 });
  return JSON.parse(stdout);
}

const ours = () => listProcesses().filter(({ args }) => args.some((a) => a.includes(folder)));
const sharedMemory = () => readdirSync('/dev/shm').filter((name) => name.startsWith('infersweep-'));

afterAll(async () => {
  for (const { name } of await target.list(runId)) await target.destroy(name);
  rmSync(folder, { recursive: true, force: true });
});

describe('Triton on this machine', () => {
  const test = (name: string, body: () => Promise<void>) =>
    it(name, async (context) => {
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
    expect(sharedMemory()).toEqual([]);
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
    expect(sharedMemory()).not.toEqual([]);
    for (let looks = 0; looks < 200 && ours().length > 0; looks++) await new Promise((r) => setTimeout(r, 50));
    expect(ours()).toEqual([]);
    await expect.poll(async () => (await target.ready('killed')).state).toBe('failed');
    await target.destroy('killed');
    expect(sharedMemory()).toEqual([]);
  });

  test('ends with whoever started it, however that ended', async () => {
    const launch = await prepareTriton({
      folder: join(folder, 'fatherless'),
      containers,
      environment: server.environment!,
      artifact: join(quickstart, 'encoder.onnx'),
      parameters: planned!.configuration.parameters,
      cores: 1,
      mark: `infersweep:${runId}/fatherless`,
    });
    const start = 'import subprocess, sys, time; subprocess.Popen(sys.argv[1:]); time.sleep(120)';
    const parent = spawn(server.environment!.python, ['-c', start, ...launch.command], {
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
    for (let looks = 0; looks < 200 && ours().length > 0; looks++) await new Promise((r) => setTimeout(r, 50));
    expect(ours()).toEqual([]);
    removeSharedMemory(join(folder, 'fatherless'));
    expect(sharedMemory()).toEqual([]);
  });

  test('says why it did not start, with its last words', async () => {
    await expect(target.deploy({ ...request('broken', {}), artifact: join(folder, 'none.onnx') })).rejects.toThrow();
  });
});
