/**
 * One deployment, loaded trial by trial as the search proposes, until it wants another one. One poll: each look that ends a
 * trial keeps its measurement as pending, asks what is next, and starts that, all by names that derive from the trial.
 */
import { buildMeasurement } from '../../core/measure/measure.ts';
import { inTrouble } from '../../core/measure/rules/oom.ts';
import type { Plan } from '../../core/plan/plan.ts';
import { TARGET_TIMES } from '../../core/plan/time-constants.ts';
import type { LoadState } from '../../core/ports/load-generator.ts';
import type { Workflow } from '../../core/ports/workflow.ts';
import type { Trial } from '../../core/search/trial.ts';
import { trialLoad } from '../../core/search/trial-load.ts';
import type { EnginePorts } from '../ports.ts';
import type { Live } from './bring-up.ts';
import { plannedFor, priceOf, readHistory, readLoadResult, readPlan, searchOf, writePending } from './documents.ts';
import { endingOf } from './ending.ts';
import { endpointOf } from './endpoint.ts';
import { giveUpLoad, lookAtLoad, startLoad, stopWhenAsked } from './generate.ts';
import type { GroupInput } from './life-cycle.ts';
import { textFacts } from './measure.ts';
import { scopeKey } from './names.ts';
import { patientPoll } from './patient.ts';
import { allStillThere } from './still-there.ts';

export type Visited = {
  state: 'done' | 'stopped' | 'lost' | 'failed';
  reason: string;
  measured: Pending[];
};

type Pending = { trial: string; key: string };

type Polled = {
  handle: string;
  load: LoadState;
  /** Under way; null when nothing is. */
  trial: Trial | null;
  stopped: string | null;
  measured: Pending[];
};

const LOST = { state: 'lost' } as const;
const RUNNING = { state: 'running', progress: null } as const;
const IDLE = { state: 'done', resultKey: '' } as const;

export async function visit(w: Workflow, ports: EnginePorts, input: GroupInput, live: Live): Promise<Visited> {
  const { lookSeconds } = TARGET_TIMES[live.target];
  const jobOf = (trial: Trial) => `${w.path}/load/${scopeKey(trial.id)}`;

  /** Starts what the search wants of this deployment; nothing when it wants another, or enough was loaded. */
  const proceed = async (before: Pick<Polled, 'measured' | 'stopped'>): Promise<Polled> => {
    const { measured } = before;
    const idle: Polled = { ...before, handle: '', trial: null, load: IDLE };
    const plan = await readPlan(ports);
    if (before.stopped !== null || measured.length >= plan.load.adaptive!.trialsPerVisit) return idle;
    const next = (await searchOf(ports)).next(await readHistory(ports, measured));
    if ('stop' in next || next.trial.configuration !== live.id) return idle;
    const { trial } = next;
    ports.progress.emit({ type: 'phase', deployment: live.id, phase: 'load', message: trial.id });
    const started = await startLoad(ports, await jobFor(ports, plan, live, trial, jobOf(trial)), [live]);
    if ('refused' in started) return { ...idle, stopped: started.refused };
    return { ...before, handle: started.handle, trial, load: RUNNING };
  };

  const end = await patientPoll<Polled>(
    w,
    'load',
    async (last) => {
      const begun = { measured: [], stopped: null };
      if (last === null) {
        if (!(await allStillThere(ports, [live]))) return { ...begun, handle: '', trial: null, load: LOST };
        return proceed(begun);
      }
      const trial = last.trial!;
      const stopped = last.stopped ?? (await stopWhenAsked(ports, last.handle));
      const load = await lookAtLoad(ports, last.handle, jobOf(trial));
      if (load.state === 'running' && load.progress !== null) {
        ports.progress.emit({ type: 'load', round: input.purpose, progress: load.progress });
      }
      if (load.state !== 'done') return { ...last, stopped, load };
      if (!(await allStillThere(ports, [live]))) return { ...last, stopped, load: LOST };
      // What was cut short is nobody's figure.
      if (stopped !== null) return { ...last, trial: null, stopped, load: IDLE };
      const key = `pending/${scopeKey(w.path)}/${scopeKey(trial.id)}.json`;
      await keepPending(ports, input, live, trial, { key, resultKey: load.resultKey });
      return proceed({ stopped, measured: [...last.measured, { trial: trial.id, key }] });
    },
    ({ load }) => (load.state === 'running' ? { waitSeconds: lookSeconds } : { done: true }),
    lookSeconds,
    async (last) => ({ ...last, load: await giveUpLoad(ports, last.handle, jobOf(last.trial!)) }),
  );
  const { measured } = end;
  if (end.stopped !== null) return { state: 'stopped', reason: end.stopped, measured };
  if (end.load.state === 'failed') return { state: 'failed', reason: end.load.reason, measured };
  if (end.load.state === 'lost') return { state: 'lost', reason: '', measured };
  return { state: 'done', reason: '', measured };
}

async function jobFor(ports: EnginePorts, plan: Plan, live: Live, trial: Trial, id: string) {
  const endpoint = scopeKey(live.id);
  return {
    schema: 'infersweep.load-job.v1' as const,
    id,
    seed: plan.load.seed + trialLoad(plan, trial).trial.repeat - 1,
    timeoutMs: plan.load.timeoutMs,
    maxConnections: plan.load.maxConnections,
    requestLog: false,
    endpoints: { [endpoint]: await endpointOf(ports, plan, { ...live, url: live.url! }) },
    segments: [trialLoad(plan, trial).segment(endpoint)],
  };
}

async function keepPending(
  ports: EnginePorts,
  input: GroupInput,
  live: Live,
  trial: Trial,
  { key, resultKey }: { key: string; resultKey: string },
): Promise<void> {
  const plan = await readPlan(ports);
  const deployment = plannedFor(plan, live);
  const made = deployment.preparation === null ? null : (input.prepared[deployment.preparation] ?? null);
  const loaded = trialLoad(plan, trial);
  const { segments } = await readLoadResult(ports, resultKey);
  const measurement = buildMeasurement({
    plan: { ...plan, load: loaded.load },
    deployment,
    trial: loaded.trial,
    segments,
    ready: { state: 'ready', reason: null, startupSeconds: live.readySeconds },
    prepare: made === null ? null : { seconds: made.seconds, cached: made.cached },
    price: priceOf(deployment),
    startedAt: ports.clock.nowIso(),
    versions: { ...ports.versions, ...textFacts(live.facts), ...(made?.sha256 ? { model: made.sha256 } : {}) },
    findings: [],
    repeats: live.repeats,
    ending: inTrouble(segments) ? await endingOf(ports, live) : null,
  });
  await writePending(ports, key, measurement);
}
