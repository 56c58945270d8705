/**
 * One deployment, loaded trial by trial as the search proposes, until it wants what takes another one. One poll: each look
 * that ends a trial keeps its measurement as pending, asks what is next, and starts that, all by names that derive from the
 * trial. A configuration that takes only other settings is put in force by a look of its own.
 */
import { buildMeasurement } from '../../core/measure/measure.ts';
import type { Measurement } from '../../core/measure/measurement.ts';
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
import { blamesServer, change, checkedInPlace, factsInForce, type InPlace, mayServe } from './in-place.ts';
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
  /** Of the load or the check under way; empty when nothing is. */
  handle: string;
  load: LoadState;
  /** Under way; null when none is. */
  trial: Trial | null;
  /** Configuration that is to be put in force, or is being checked. */
  wanted: string | null;
  /** In force instead of the one it was deployed for; null before the first change. */
  inPlace: InPlace | null;
  changes: number;
  stopped: string | null;
  measured: Pending[];
};

const LOST = { state: 'lost' } as const;
const RUNNING = { state: 'running', progress: null } as const;
const IDLE = { state: 'done', resultKey: '' } as const;
const BEGUN: Polled = {
  handle: '',
  load: IDLE,
  trial: null,
  wanted: null,
  inPlace: null,
  changes: 0,
  stopped: null,
  measured: [],
};

export async function visit(w: Workflow, ports: EnginePorts, input: GroupInput, live: Live): Promise<Visited> {
  const { lookSeconds } = TARGET_TIMES[live.target];
  const jobOf = ({ trial, wanted, changes }: Polled) =>
    trial !== null ? `${w.path}/load/${scopeKey(trial.id)}` : `${w.path}/check/${changes + 1}-${scopeKey(wanted!)}`;

  /** Starts what the search wants of this deployment; nothing when it wants another, or enough was loaded. */
  const proceed = async (before: Polled): Promise<Polled> => {
    const { measured, changes, inPlace } = before;
    const idle: Polled = { ...before, handle: '', trial: null, wanted: null, load: IDLE };
    const plan = await readPlan(ports);
    // A change with its check takes no longer than a trial.
    const left = plan.load.adaptive!.trialsPerVisit - measured.length - changes;
    if (before.stopped !== null || left <= 0) return idle;
    const next = (await searchOf(ports)).next(await readHistory(ports, measured));
    if ('stop' in next) return idle;
    const { trial } = next;
    const { configuration } = trial;
    if (configuration !== (inPlace?.id ?? live.id)) {
      const may = left > 1 && mayServe(ports, plan, live, configuration);
      // A look of its own: what has been measured is durable by then.
      return may ? { ...idle, wanted: configuration, load: RUNNING } : idle;
    }
    ports.progress.emit({ type: 'phase', deployment: configuration, phase: 'load', message: trial.id });
    const loading: Polled = { ...idle, trial, load: RUNNING };
    const job = await jobFor(ports, plan, { ...live, ...inPlace }, trial, jobOf(loading));
    const started = await startLoad(ports, job, [live]);
    if ('refused' in started) return { ...idle, stopped: started.refused };
    return { ...loading, handle: started.handle };
  };

  /** Nothing that ends badly here says anything of a configuration. */
  const lookAtChange = async (last: Polled): Promise<Polled> => {
    const id = last.wanted!;
    const idle: Polled = { ...last, handle: '', wanted: null, load: IDLE };
    if (last.handle === '') {
      const stopped = await ports.stop.read();
      if (stopped !== null) return { ...idle, stopped };
      const started = await change(ports, live, id, jobOf(last));
      if (started === null) return idle;
      if ('refused' in started) return { ...idle, stopped: started.refused };
      return { ...last, handle: started.handle };
    }
    const stopped = last.stopped ?? (await stopWhenAsked(ports, last.handle));
    const load = await lookAtLoad(ports, last.handle, jobOf(last));
    if (load.state === 'running') return { ...last, stopped, load };
    if (load.state !== 'done' || stopped !== null) return { ...idle, stopped };
    const inPlace = await checkedInPlace(ports, live, id, load.resultKey);
    return inPlace === null ? idle : proceed({ ...idle, inPlace, changes: last.changes + 1 });
  };

  const lookAtTrial = async (last: Polled): Promise<Polled> => {
    const { inPlace } = last;
    const trial = last.trial!;
    const stopped = last.stopped ?? (await stopWhenAsked(ports, last.handle));
    const load = await lookAtLoad(ports, last.handle, jobOf(last));
    if (load.state === 'running' && load.progress !== null) {
      ports.progress.emit({ type: 'load', round: input.purpose, progress: load.progress });
    }
    if (load.state === 'running') return { ...last, stopped, load };
    const cutShort: Polled = { ...last, trial: null, stopped, load: IDLE };
    // In place, what is lost or fails is tried again in a deployment of its own, whose verdict stands.
    if (load.state !== 'done') return inPlace === null ? { ...last, stopped, load } : cutShort;
    if (inPlace === null && !(await allStillThere(ports, [live]))) return { ...last, stopped, load: LOST };
    // What was cut short is nobody's figure.
    if (stopped !== null) return cutShort;
    if (inPlace !== null && (await factsInForce(ports, live, inPlace.id)) === null) return cutShort;
    const key = `pending/${scopeKey(w.path)}/${scopeKey(trial.id)}.json`;
    const seen = await keepPending(ports, input, { ...live, ...inPlace }, trial, { key, resultKey: load.resultKey });
    if (inPlace !== null && blamesServer(seen)) return cutShort;
    return proceed({ ...last, stopped, measured: [...last.measured, { trial: trial.id, key }] });
  };

  const end = await patientPoll<Polled>(
    w,
    'load',
    async (last) => {
      if (last === null) return (await allStillThere(ports, [live])) ? proceed(BEGUN) : { ...BEGUN, load: LOST };
      return last.trial === null ? lookAtChange(last) : lookAtTrial(last);
    },
    ({ load }) => (load.state === 'running' ? { waitSeconds: lookSeconds } : { done: true }),
    lookSeconds,
    async (last) => {
      const load = await giveUpLoad(ports, last.handle, jobOf(last));
      return last.wanted === null && last.inPlace === null ? { ...last, load } : { ...last, load: IDLE };
    },
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
): Promise<Measurement> {
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
  return measurement;
}
