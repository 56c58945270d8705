import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { resourceName } from '../../lib/engine/workflow/names.ts';
import { LoadProcess } from '../../lib/local/load-process.ts';
import { listProcesses } from '../../lib/local/processes.ts';
import { EcsLab } from '../support/aws/ecs-lab.ts';
import { LoadgenLauncher } from '../support/aws/task-launcher.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { loadGeneratorContract } from './load-generator.contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'generator-'));
const entry = join(import.meta.dirname, '..', '..', 'dist', 'lib', 'load', 'main.js');
let launcher: LoadgenLauncher;
let lab: EcsLab;
let ticking: NodeJS.Timeout;
beforeAll(async () => {
  launcher = new LoadgenLauncher();
  lab = await EcsLab.start({ launcher });
  launcher.environment = lab.aws.environment;
  // Twenty seconds in one.
  ticking = setInterval(() => {
    lab.aws.world.advance(1);
    lab.aws.world.alive();
  }, 50);
});
afterAll(async () => {
  clearInterval(ticking);
  launcher.close();
  await lab.aws.close();
  rmSync(folder, { recursive: true, force: true });
});
let n = 0;

loadGeneratorContract('as a process of this machine', () => {
  const store = new MemoryStore();
  const own = join(folder, String(n++));
  const generator = new LoadProcess({ entry, folder: own, store, cores: [0], nameOf: resourceName });
  const kill = (handle: string) => {
    const job = join(own, handle, 'job.json');
    for (const { pid, args } of listProcesses()) if (args.includes(job)) process.kill(pid, 'SIGKILL');
  };
  return { generator, tags: {}, result: (key) => store.get(key), kill };
});

loadGeneratorContract('as a task on the loopback Fargate, with real engines', () => {
  const runId = `run-${n++}`;
  return {
    generator: lab.generator(runId),
    tags: lab.tags(runId),
    result: (key) => lab.runStore(runId).get(key),
    kill: (handle) => lab.crash(handle, { stoppedReason: 'Host EC2 (instance) terminated.' }),
  };
});
