import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { LocalPreparer } from '../../lib/local/local-preparer.ts';
import { LocalTarget } from '../../lib/local/local-target.ts';
import { emulatedPlan } from '../support/plans.ts';
import { targetContract } from './target.contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'target-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const server = join(import.meta.dirname, '..', '..', 'containers', 'server');
let n = 0;

targetContract('on this machine', () => {
  const runId = `contract-${process.pid}-${n++}`;
  const preparer = new LocalPreparer({ cache: folder, base: folder, locks: folder, scripts: folder });
  const [alone, ...batched] = emulatedPlan({
    runtimes: [
      { reference: { dynamicBatching: [false, { maxBatchSize: 4 }, { maxBatchSize: 4, maxQueueDelayMs: 1.5 }] } },
    ],
  }).deployments;
  const [cannot] = emulatedPlan({ runtimes: [{ emulated: {} }] }).deployments;
  return {
    inPlace: { can: batched, cannot: cannot! },
    open: () => new LocalTarget({ folder: join(folder, runId), server, preparer }),
    request: (name, runtime) => {
      const deployment = alone!;
      const parameters = { ...deployment.configuration.parameters, ...(runtime === 'broken' ? { nonsense: 1 } : {}) };
      return {
        runId,
        name,
        deployment: { ...deployment, configuration: { ...deployment.configuration, parameters } },
        artifact: folder,
        tokenizer: null,
        ttlSeconds: 60,
        tags: {},
      };
    },
  };
});
