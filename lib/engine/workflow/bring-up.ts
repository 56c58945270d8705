import type { RepeatProbe } from '../../core/measure/repeat-probe.ts';
import type { ValidityFinding } from '../../core/measure/validity.ts';
import type { TargetName } from '../../core/plan/plan.ts';
import { rfc3339 } from '../../core/plan/rfc3339.ts';
import { TARGET_TIMES } from '../../core/plan/time-constants.ts';
import type { DeployAnswer, ReadyState } from '../../core/ports/target.ts';
import type { Workflow } from '../../core/ports/workflow.ts';
import { type EnginePorts, targetOf } from '../ports.ts';
import { check } from './check.ts';
import { plannedFor, readPlan } from './documents.ts';
import { wantOfMemory } from './ending.ts';
import { hold } from './hold.ts';
import type { Prepared } from './life-cycle.ts';
import { resourceName } from './names.ts';
import { patientPoll } from './patient.ts';
import type { ReservedDeployment } from './reserve.ts';

/** A deployment after its start: up with a url, failed with a reason that ends its trials, or stopped half way. */
export type Live = {
  id: string;
  target: TargetName;
  name: string;
  /** Instead of the Spot instance that was taken away. */
  onDemand?: boolean;
  url: string | null;
  access: Access | null;
  /** On what it made and on what loads it. */
  tags: { [key: string]: string };
  /** Seconds that it may live. */
  ttlSeconds: number;
  /** Epoch from which it is billed: when it was accepted, or held where that is not known. */
  billedFrom: number | 'never' | 'unknown';
  /** It never ran, and why: not the configuration's fault, but the end of its trials. */
  skip: { code: 'capacity' | 'quota'; detail: string } | null;
  failure: { code: 'unhealthy' | 'wrong-output' | 'interrupted' | 'oom'; detail: string } | null;
  stopped: string | null;
  /** What had started is no longer there, as after a crash of the controller: not the configuration's fault. */
  lost: boolean;
  facts: { [name: string]: string | number | null };
  readySeconds: number | null;
  /** What sending the same input twice showed. */
  repeats?: RepeatProbe | null;
};

export type Access = NonNullable<ReadyState['access']>;

/** Where every deployment begins. */
export function notUp(
  { id, target, onDemand }: Pick<ReservedDeployment, 'id' | 'target' | 'onDemand'>,
  name: string,
): Live {
  return {
    id,
    ...(onDemand ? { onDemand } : {}),
    target,
    name,
    url: null,
    access: null,
    tags: {},
    ttlSeconds: 0,
    billedFrom: 'never',
    skip: null,
    failure: null,
    stopped: null,
    lost: false,
    facts: {},
    readySeconds: null,
  };
}

export async function bringUp(
  w: Workflow,
  ports: EnginePorts,
  deployment: ReservedDeployment,
  prepared: { [preparation: string]: Prepared },
): Promise<Live> {
  const name = resourceName(w.path);
  const nothing = notUp(deployment, name);
  const made = deployment.preparation === null ? null : (prepared[deployment.preparation] ?? null);
  if (made?.failure) {
    return { ...nothing, failure: { code: 'unhealthy', detail: `preparation failed: ${made.failure}` } };
  }

  const held = await hold(w, ports, deployment, name);
  if (held.stopped !== null) return { ...nothing, stopped: held.stopped };
  const { tags, ttlSeconds } = held;

  const deployed = await w.step<Deployed>('deploy', async () => {
    const stopped = await ports.stop.read();
    // Taken up again long after: its deadline would end it under load.
    const late = ports.clock.nowMs() > held.heldAtMs + (ttlSeconds * 1000) / 2;
    if (stopped !== null || late) {
      // A controller that died may have made it, and said nothing of it.
      const { state } = await targetOf(ports, deployment.target).ready(name).catch(unseen);
      const billedFrom = late ? 'unknown' : state === 'gone' ? 'never' : held.heldAtMs;
      return { stopped, answer: null, billedFrom };
    }
    const plan = await readPlan(ports);
    ports.progress.emit({ type: 'phase', deployment: deployment.id, phase: 'deploy', message: null });
    try {
      await ports.deadlines.arm({ name, expiresAt: rfc3339(held.expiresAtMs), tags });
      const answer = await targetOf(ports, deployment.target).deploy({
        runId: ports.runId,
        name,
        deployment: plannedFor(plan, deployment),
        artifact: made?.artifact ?? '',
        tokenizer: plan.model.tokenizer,
        ttlSeconds,
        tags,
      });
      return { stopped: null, answer, billedFrom: billedFrom(answer, held.heldAtMs) };
    } catch (error) {
      // What cannot be armed is not created; what may have been created is torn down like everything else.
      const answer = { state: 'unanswered', reason: messageOf(error) } as const;
      return { stopped: null, answer, billedFrom: held.heldAtMs };
    }
  });
  const { answer } = deployed;
  const base: Live = { ...nothing, tags, ttlSeconds, billedFrom: deployed.billedFrom };
  if (deployed.stopped !== null) return { ...base, stopped: deployed.stopped };
  if (answer === null) return { ...base, lost: true };
  if (answer.state === 'unanswered') return { ...base, failure: { code: 'interrupted', detail: answer.reason } };
  if (answer.state === 'refused') {
    const { code, reason: detail } = answer;
    if (code === 'rejected') return { ...base, failure: { code: 'unhealthy', detail } };
    return { ...base, skip: { code, detail } };
  }

  const { lookSeconds, startLimitSeconds } = TARGET_TIMES[deployment.target];
  const looks = Math.ceil(startLimitSeconds / lookSeconds);
  const { acceptedAtMs } = answer;
  const ready = await patientPoll<
    ReadyState & { stopped: string | null; isLate: boolean; oom: ValidityFinding | null }
  >(
    w,
    'ready',
    async (last) => {
      const state = await targetOf(ports, deployment.target).ready(name).catch(unseen);
      if (last === null)
        ports.progress.emit({ type: 'phase', deployment: deployment.id, phase: 'ready', message: null });
      // A carrier may look less often than it is asked to. What starts on this machine sleeps when it does.
      const isLate = deployment.target !== 'local' && ports.clock.nowMs() >= acceptedAtMs + startLimitSeconds * 1000;
      const oom = state.state === 'failed' ? await wantOfMemory(ports, deployment.target, name, state.reason) : null;
      return { ...state, isLate, oom, stopped: await ports.stop.read() };
    },
    (s, attempt) =>
      s.state !== 'starting' || s.stopped !== null || s.isLate || attempt >= looks
        ? { done: true }
        : { waitSeconds: lookSeconds },
    lookSeconds,
  );
  if (ready.stopped !== null) return { ...base, stopped: ready.stopped };
  if (ready.state === 'gone') return { ...base, lost: true };
  if (ready.state !== 'ready' || ready.url === null) {
    const detail =
      ready.state === 'starting' ? `not ready after ${startLimitSeconds} s` : (ready.reason ?? 'failed to start');
    if (ready.cause === 'capacity') return { ...base, skip: { code: 'capacity', detail } };
    if (ready.oom) return { ...base, failure: { code: 'oom', detail: ready.oom.detail } };
    const unasked = ready.state === 'starting' && ready.reason !== null;
    if (unasked) return { ...base, failure: { code: 'interrupted', detail: `${detail}: ${ready.reason}` } };
    return { ...base, failure: { code: 'unhealthy', detail } };
  }
  const up: Live = {
    ...base,
    url: ready.url,
    access: ready.access ?? null,
    facts: ready.facts,
    readySeconds: ready.startupSeconds,
  };
  return { ...up, ...(await check(w, ports, { ...up, url: ready.url })) };
}

function billedFrom(answer: DeployAnswer, heldAtMs: number): Live['billedFrom'] {
  if (answer.state === 'accepted') return answer.acceptedAtMs;
  // Rejected may mean that the answer got lost.
  return answer.code === 'rejected' ? heldAtMs : 'never';
}

/** A look that failed says nothing of what it was to look at; the next one may. */
function unseen(error: unknown): ReadyState {
  return { state: 'starting', reason: messageOf(error), url: null, startupSeconds: null, facts: {} };
}

type Unanswered = { state: 'unanswered'; reason: string };
type Deployed = {
  stopped: string | null;
  answer: DeployAnswer | Unanswered | null;
  billedFrom: Live['billedFrom'];
};

const messageOf = (error: unknown) => (error instanceof Error ? error.message.slice(0, 1000) : String(error));
