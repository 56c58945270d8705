/** A load job from its start to its result. */
import { type LoadJob, loadResultSchema, type SegmentResult } from '../core/load/job.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { Kit } from './kit.ts';

export async function runJob(kit: Kit, job: LoadJob): Promise<SegmentResult[]> {
  const { generator, store, dispose } = kit.generator(job.workers);
  try {
    const handle = await generator.start(job, {});
    for (;;) {
      const state = await generator.check(handle);
      if (state.state === 'done')
        return loadResultSchema.parse(JSON.parse((await store.get(state.resultKey))!)).segments;
      if (state.state !== 'running') {
        throw new CliError(
          exitCodes.bug,
          `the load generator ${state.state}: ${state.state === 'failed' ? state.reason : 'no result'}`,
        );
      }
      await kit.wait(0.2);
    }
  } finally {
    dispose();
  }
}
