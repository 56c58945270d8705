/** One run under one schedule, to its very end, and what did not hold there. */
import { codesOf } from '../../lib/cli/execute.ts';
import { exitCodes } from '../../lib/cli/exit-codes.ts';
import type { Plan } from '../../lib/core/plan/plan.ts';
import type { RunEnd } from '../../lib/engine/run.ts';
import { CLOUD_TYPES, cloudPlan } from '../support/aws/cloud-plan.ts';
import { CloudRun, type CloudRunOptions } from '../support/aws/cloud-run.ts';
import { scriptedHosts } from '../support/aws/host-launcher.ts';
import type { LoopbackDynamo } from '../support/aws/services/dynamodb.ts';
import type { Ec2CloudOptions } from '../support/aws/services/ec2-cloud.ts';
import type { Fault } from '../support/aws/world.ts';
import type { ApiFault, Schedule } from './schedule.ts';

/** After which another controller may take over, and a little more. */
const STALE_SECONDS = 75;
/** The longest that a deployment of these plans may live. */
const MOST_LIVE_SECONDS = 6000;
const HOUR = 3600;
/** The ledger counts in millionths. */
const ROUNDING_USD = 1e-4;

/** What the reaper needs. */
const TO_END = /:(List|Describe|Delete|Terminate|Stop|AssumeRole|Invoke)/;

const TARGETS = {
  sagemaker: [{ sagemaker: { instanceTypes: [CLOUD_TYPES.sagemaker] } }],
  ec2: [{ ec2: { instanceTypes: [CLOUD_TYPES.ec2] } }],
  both: [{ sagemaker: { instanceTypes: [CLOUD_TYPES.sagemaker] } }, { ec2: { instanceTypes: [CLOUD_TYPES.ec2] } }],
};
const plans = new Map<string, Plan>();

function planOf({ plan, budgetUsd }: Schedule): Plan {
  const known = plans.get(plan) ?? cloudPlan({ targets: TARGETS[plan] });
  plans.set(plan, known);
  return { ...known, budget: { ...known.budget, usd: budgetUsd } };
}

/** In each service's own words. */
function faultOf({ call, harm, after, times }: ApiFault): Fault {
  const service = call.split(':')[0]!;
  const base = { call, after, message: `${harm}, as the schedule has it`, ...(times === null ? {} : { times }) };
  switch (harm) {
    case 'lost':
      return { ...base, code: 'Lost', lost: 'answer' };
    case 'broken':
      return { ...base, code: service === 's3' ? 'InternalError' : 'InternalFailure', status: 500 };
    case 'denied':
      return {
        ...base,
        code:
          { s3: 'AccessDenied', ec2: 'UnauthorizedOperation', sts: 'AccessDenied' }[service] ?? 'AccessDeniedException',
        status: service === 's3' || service === 'ec2' || service === 'sts' ? 403 : 400,
      };
    case 'throttled':
      return {
        ...base,
        code: { s3: 'SlowDown', ec2: 'RequestLimitExceeded', sts: 'Throttling' }[service] ?? 'ThrottlingException',
        status: service === 's3' || service === 'ec2' ? 503 : 400,
      };
  }
}

function optionsOf(s: Schedule, dynamo: LoopbackDynamo): CloudRunOptions {
  const endpoints = new Map<string, number>();
  let hosts = 0;
  let tasks = 0;
  const left = s.zones.map((zone) => ({ ...zone }));
  const capacity: Ec2CloudOptions['capacity'] = (_type, zone) => {
    const found = left.find((z) => z.zone === zone && z.requests > 0);
    if (!found) return 'yes';
    found.requests -= 1;
    return found.has;
  };
  return {
    dynamo,
    hosting: {
      hiddenSeconds: s.hiddenSeconds,
      start: (endpoint) => {
        if (!endpoints.has(endpoint)) endpoints.set(endpoint, endpoints.size);
        const { seconds, fails } = s.hosting[endpoints.get(endpoint)!] ?? { seconds: 240, fails: null };
        if (fails === null) return { seconds };
        const capacityWords =
          'Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error. Please retry using a different ML instance type or after some time.';
        return {
          seconds,
          failureReason:
            fails === 'capacity'
              ? capacityWords
              : 'The primary container for production variant serving did not pass the ping health check.',
        };
      },
    },
    ec2: {
      capacity,
      hiddenSeconds: s.hiddenSeconds,
      launcher: scriptedHosts(() => {
        const { seconds, fails } = s.hosts[hosts++] ?? { seconds: 90, fails: false };
        return { readyAfterSeconds: seconds, ...(fails ? { fails: 'the container ended with exit 1' } : {}) };
      }),
    },
    ecs: { hiddenSeconds: s.hiddenSeconds, capacity: (n) => s.tasks[n - 1] !== 'capacity' },
    task: () => {
      const fate = s.tasks[tasks++] ?? null;
      if (fate === 'crash') return { seconds: 5, exitCode: 1, error: 'the schedule has it crash' };
      return fate === 'memory' ? { seconds: 5, exitCode: 137 } : null;
    },
    played: () => ({
      ratePerSecond: 100,
      ...(s.answers === 'wrong' ? { isWrong: true } : {}),
      ...(s.answers === 'none' ? { isDown: true } : {}),
    }),
  };
}

export interface CarriedOut {
  /** What did not hold; empty when all did. */
  violations: string[];
  calls: number;
  /** How it ended, for the statistics that show that the schedules reach what they are for. */
  end: string;
}

export async function carryOut(s: Schedule, dynamo: LoopbackDynamo): Promise<CarriedOut> {
  const run = await CloudRun.start(planOf(s), optionsOf(s, dynamo));
  try {
    run.world.faults.push(...s.faults.map(faultOf));
    happenings(run, s);
    const violations: string[] = [];
    const end = await lives(run, s, violations);
    // The hold has room for one pass of the reaper: one that hears nothing for several confirms an end late.
    const hearsLate = run.world.faults.some(({ call, times }) => TO_END.test(call) && (times ?? 1) > 0);
    if (end === null || codesOf(end).includes(exitCodes.leak) || run.world.alive().length > 0) {
      await run.reapFor(MOST_LIVE_SECONDS + HOUR);
    }
    // What comes now only looks.
    run.world.faults.length = 0;
    violations.push(...(await atTheEnd(run, s, end, hearsLate)));
    return {
      violations,
      calls: run.world.calls.length,
      end: end === null ? 'died' : `${end.state}${codesOf(end).includes(exitCodes.leak) ? ', leak' : ''}`,
    };
  } finally {
    await run.close();
  }
}

function happenings(run: CloudRun, s: Schedule): void {
  const startMs = run.world.nowMs;
  let hasTaken = false;
  run.world.movers.add((world) => {
    const seconds = (world.nowMs - startMs) / 1000;
    if (s.interruptAt !== null && seconds >= s.interruptAt) run.stopAsked = 'interrupt';
    if (hasTaken || s.spotAt === null || seconds < s.spotAt) return;
    const instance = [...world.things.values()].find(({ kind, status }) => kind === 'instance' && status === 'running');
    if (!instance) return;
    hasTaken = true;
    world.end(instance, 'shutting-down', 'terminated');
    const reason = { code: 'Server.SpotInstanceTermination', message: 'Instance terminated' };
    instance.detail = { ...instance.detail, reason };
  });
}

/** Controllers one after the other; null when the last died and nobody came. */
async function lives(run: CloudRun, s: Schedule, violations: string[]): Promise<RunEnd | null> {
  const deaths = [...s.deaths];
  for (let life = 0; life < 8; life++) {
    const death = deaths.shift() ?? null;
    const written = run.journal.length;
    const end = await run.live(death).catch((error: Error) => error);
    const begun = run.journal.length > written;
    if (end instanceof Error && begun) {
      // The process ends with exit 1: whoever reads it is told of no leak.
      const alive = run.world.alive();
      if (alive.length > 0) violations.push(`exit 1 (${end.message.slice(0, 200)}) with ${alive.join(', ')} alive`);
    }
    if (typeof end === 'object' && !(end instanceof Error)) {
      judgeEnd(run, end, violations);
      return end;
    }
    if (end === 'dead' && deaths.length === 0 && s.forEver) return null;
    await run.firing.elapse(STALE_SECONDS);
  }
  return null;
}

/** Its exit code, at the moment at which it is given. */
function judgeEnd(run: CloudRun, end: RunEnd, violations: string[]): void {
  const alive = run.world.alive();
  const tellsOfLeak = codesOf(end).includes(exitCodes.leak);
  if (alive.length > 0 && !tellsOfLeak) violations.push(`no leak told, and alive: ${alive.join(', ')}`);
  if (alive.length === 0 && end.unlisted.length === 0 && tellsOfLeak) {
    violations.push(`told of a leak that is none: ${JSON.stringify(end.alive)}`);
  }
}

async function atTheEnd(run: CloudRun, s: Schedule, end: RunEnd | null, hearsLate: boolean): Promise<string[]> {
  const found: string[] = [];
  const alive = run.world.alive();
  if (alive.length > 0) found.push(`alive: ${alive.join(', ')}`);
  // A reaper that failed throughout an event's tries is told by its alarm; its next pass goes on.
  const mistakes = run.world.mistakes.filter((text) => !/failed three times/.test(text));
  if (mistakes.length > 0) found.push(`mistakes: ${mistakes.join('; ')}`);
  const trials = (await run.trials()).map(({ trial }) => trial);
  if (new Set(trials).size !== trials.length) found.push(`more than one record of a trial: ${trials.join(', ')}`);
  const missing = run.plan.trials.filter(({ purpose, id }) => purpose === 'screen' && !trials.includes(id));
  if (end !== null && (end.state === 'done' || end.state === 'exhausted') && missing.length > 0) {
    found.push(`${end.state}, without a record of ${missing.map(({ id }) => id).join(', ')}`);
  }
  const { spentUsd, reservedUsd } = await run.balance();
  const bill = run.meter.usd();
  const isCovered = !hearsLate || (end !== null && !codesOf(end).includes(exitCodes.leak));
  if (isCovered && bill > spentUsd + reservedUsd + ROUNDING_USD)
    found.push(`bill ${bill} > ${spentUsd} spent + ${reservedUsd} held`);
  const committed = Math.max(run.committedUsd, spentUsd + reservedUsd);
  if (committed > s.budgetUsd + ROUNDING_USD) found.push(`committed ${committed} > budget ${s.budgetUsd}`);
  if (end !== null && reservedUsd > ROUNDING_USD && !codesOf(end).includes(exitCodes.leak)) {
    found.push(`ended as ${end.state} (${end.error ?? end.stopReason ?? ''}) with ${reservedUsd} USD still held`);
  }
  return found;
}
