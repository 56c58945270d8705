/** The local target with what a real Triton needs, or why this machine lacks it. */
import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Parameters } from '../../lib/core/plan/plan.ts';
import type { DeployRequest } from '../../lib/core/ports/target.ts';
import { LocalPreparer } from '../../lib/local/local-preparer.ts';
import { LocalTarget } from '../../lib/local/local-target.ts';
import { listProcesses } from '../../lib/local/processes.ts';
import { sharedMemoryOf } from '../../lib/local/triton-launch.ts';
import { examplePlan } from './example-plan.ts';
import { optionalEnvironment } from './optional-environment.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
/**
 * The Triton of the package aborts in about one start of ten on a busy host (`boost::interprocess::lock_exception` between it
 * and its python processes), and whoever uses it starts it again: a test that fails three times has found something of ours.
 */
export const TRITON_ATTEMPTS = 3;

export const containers = join(root, 'containers');
export const quickstart = join(root, 'examples', 'quickstart');
export const tritonEnvironment = await optionalEnvironment('triton');
export const missingTriton = tritonEnvironment.missing ?? (await withoutLibrary(tritonEnvironment.environment.python));

/** Triton's python backend links the shared library of Python, which not every installation has. */
async function withoutLibrary(python: string): Promise<string | null> {
  const ask = `import sys; sys.path[:0] = [${JSON.stringify(join(containers, 'triton'))}]; import launch; print(launch.python_library() is not None)`;
  const { stdout } = await run(python, ['-c', ask]);
  return stdout.trim() === 'True' ? null : 'this Python has no shared library (Debian: apt-get install libpython3)';
}

const [planned] = (await examplePlan('triton-instance-sweep/laptop.yaml')).deployments;
export const plannedParameters = planned!.configuration.parameters;

export class TritonTarget {
  readonly folder = mkdtempSync(join(tmpdir(), 'triton-'));
  readonly runId = `triton-${process.pid}`;
  readonly preparing = {
    cache: process.env['INFERSWEEP_CACHE'] ?? join(homedir(), '.cache', 'infersweep'),
    base: this.folder,
    locks: join(containers, 'server', 'environments'),
    scripts: join(containers, 'prepare'),
  };
  readonly server = join(containers, 'server');
  readonly target = new LocalTarget({
    folder: this.folder,
    server: this.server,
    preparer: new LocalPreparer(this.preparing),
  });

  request(name: string, parameters: Parameters, more: Partial<DeployRequest> = {}): DeployRequest {
    const configuration = {
      ...planned!.configuration,
      parameters: { ...plannedParameters, ...parameters },
    };
    const artifact = join(quickstart, 'encoder.onnx');
    const deployment = { ...planned!, configuration };
    return { runId: this.runId, name, deployment, artifact, tokenizer: null, ttlSeconds: 60, tags: {}, ...more };
  }

  async started(request: DeployRequest) {
    await this.target.deploy(request);
    for (let looks = 0; looks < 1200; looks++) {
      const state = await this.target.ready(request.name);
      if (state.state !== 'starting') return state;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`never ready: ${await this.target.logs(request.name)}`);
  }

  /** Of this target, whatever marks them. */
  processes = () =>
    listProcesses().filter(({ args }) => args.some((a) => [this.folder, this.runId].some((own) => a.includes(own))));

  /** Of these deployments: on a shared machine other servers have their own. */
  sharedMemory = (...names: string[]) => names.flatMap((name) => sharedMemoryOf(join(this.folder, name)));

  async processesAfterDeath() {
    for (let looks = 0; looks < 400 && this.processes().length > 0; looks++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return this.processes();
  }
}
