/** Drives a step of load and counts instances meanwhile; ends as soon as enough was seen, and at its time whatever happens. */
import { type Endpoint, type LoadJob, loadResultSchema, type SegmentResult } from '../core/load/job.ts';
import type { FleetSample, ScalingActivity } from '../core/scale/verify/fleet.ts';
import type { StepPlan } from '../core/scale/verify/step-plan.ts';
import type { StepObserved } from '../core/scale/verify/step-verdict.ts';
import type { Service } from './aws-access.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { Kit } from './kit.ts';

export interface StepRun {
  plan: StepPlan;
  endpoint: Endpoint;
  service: Pick<Service, 'fleet' | 'activities'>;
  timeoutMs: number;
}

/** Parts of a phase, so that what came before the fleet had grown is told from what came after. */
const SLICES = 12;
const LOOK_SECONDS = 1;
/** What the generator may need beyond its segments: its start, and answers that are awaited. */
const GRACE_SECONDS = 30;

export async function runStep(kit: Kit, { plan, endpoint, service, timeoutMs }: StepRun): Promise<StepObserved> {
  const sliceSeconds = plan.afterSeconds / SLICES;
  const slices = (seconds: number) => Math.max(1, Math.floor(seconds / sliceSeconds));
  const [before, step] = [slices(plan.beforeSeconds), slices(plan.stepSeconds)];
  const segment = (id: string, ratePerSecond: number) => ({
    id,
    endpoint: 'service',
    shape: { kind: 'poisson' as const, ratePerSecond },
    seconds: sliceSeconds,
    dropSeconds: 0,
  });
  const job: LoadJob = {
    schema: 'infersweep.load-job.v1',
    id: `verify-${kit.now().getTime()}`,
    seed: 1,
    timeoutMs,
    maxConnections: 1024,
    requestLog: false,
    endpoints: { service: endpoint },
    segments: [
      ...Array.from({ length: before }, (_, i) => segment(`before/${i}`, plan.lowPerSecond)),
      ...Array.from({ length: step }, (_, i) => segment(`step/${i}`, plan.peakPerSecond)),
    ],
  };
  // What nobody may list says nothing.
  const activities = () => service.activities().catch(() => null);
  const { generator, store, dispose } = kit.generator();
  const already = await activities();
  const startMs = kit.now().getTime();
  const fleet: FleetSample[] = [];
  let stepMs: number | null = null;
  let grownAfter: number | null = null;
  let stopped = false;
  try {
    const handle = await generator.start(job, {});
    for (;;) {
      const state = await generator.check(handle);
      if (state.state === 'failed' || state.state === 'lost')
        throw new CliError(
          exitCodes.bug,
          `the load generator ${state.state === 'failed' ? `failed: ${state.reason}` : 'is gone'}`,
        );
      if (state.state === 'done') {
        const { segments } = loadResultSchema.parse(JSON.parse((await store.get(state.resultKey))!));
        const of = (phase: string): SegmentResult[] =>
          segments.filter((s) => s.id.startsWith(phase) && s.aborted === null);
        const endMs = kit.now().getTime();
        const heldSeconds = stepMs === null ? 0 : Math.min(plan.stepSeconds, (endMs - stepMs) / 1000);
        const since = already === null ? [] : without(already, (await activities()) ?? []);
        return { before: of('before/'), step: of('step/'), grownAfter, fleet, activities: since, heldSeconds };
      }
      const done = state.progress?.segmentsDone ?? 0;
      const nowMs = kit.now().getTime();
      if (done >= before) {
        stepMs ??= nowMs;
        // A look that fails says nothing; the next one may.
        const count = await service.fleet().catch(() => null);
        if (count !== null) fleet.push({ atSeconds: (kit.now().getTime() - stepMs) / 1000, ...count });
        if (count !== null && count.instances >= plan.expectedInstances) grownAfter ??= done - before;
      }
      const enough = grownAfter !== null && done - before - grownAfter > SLICES;
      const overdue = nowMs - startMs > (plan.beforeSeconds + plan.stepSeconds + GRACE_SECONDS) * 1000;
      if ((enough || overdue) && !stopped) {
        stopped = true;
        await generator.stop(handle);
      }
      await kit.wait(LOOK_SECONDS);
    }
  } finally {
    dispose();
  }
}

/** By what they are called: two clocks may not agree. */
function without(before: readonly ScalingActivity[], now: readonly ScalingActivity[]): ScalingActivity[] {
  const known = new Set(before.map(({ id }) => id));
  return now.filter(({ id }) => !known.has(id));
}
