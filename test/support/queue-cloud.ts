/** A cloud of batching servers of known speed: every load is simulated, so that the best configuration is known. */
import { createHash } from 'node:crypto';
import { Histogram } from '../../lib/core/load/histogram.ts';
import type { LoadJob, LoadResult, Segment, SegmentResult } from '../../lib/core/load/job.ts';
import { uniform } from '../../lib/core/load/seeded-random.ts';
import type { Plan } from '../../lib/core/plan/plan.ts';
import { TARGET_TIMES } from '../../lib/core/plan/time-constants.ts';
import { ln } from '../../lib/core/search/exact-math.ts';
import type { EnginePorts } from '../../lib/engine/ports.ts';
import { CloudWorld } from './cloud-world.ts';
import type { Faults } from './fake-world.ts';
import { emulatedPlan } from './plans.ts';
import { playedSegment } from './played-load.ts';

/** Instance types by price, and how many times as long an execution takes on them. */
const DEVICES = [
  { instanceType: 'ml.c5.xlarge', usdPerHour: 0.204, slowness: 6 },
  { instanceType: 'ml.g4dn.xlarge', usdPerHour: 0.736, slowness: 1 },
  { instanceType: 'ml.g4dn.2xlarge', usdPerHour: 0.94, slowness: 0.97 },
];
/** The larger batch of the quicker line, on the instance type that costs less than its speed: by 15 % at least. */
export const TRUE_WINNER = 'emulated-fixed8ms-batched16@sagemaker/ml.g4dn.xlarge';

/**
 * SHA-256 of the trials' ids of an adaptive sweep of two instance types and one line, in the order in which they ran: the same
 * on every engine. It changes whenever the search does, or this world.
 */
export const TRIALS_SHA256 = '167622ed20611cdf2673ad672ac8967ff08b1266a0c8cf5c5f76640d8bd520a6';
const SIZES = [2, 4, 8, 16];
const PRICE = { source: 'a test', region: 'us-east-1', date: '2026-01-01' };

/** Two lines of service times, batches of 1 to 16, three instance types: 30 configurations. */
export function queuePlan(search: Plan['search'], o: { devices?: number; lines?: number } = {}): Plan {
  const devices = DEVICES.slice(-(o.devices ?? DEVICES.length));
  const load = search === 'adaptive' ? { users: [1, 4, 16, 32] } : { users: [1, 4, 16, 32], rounds: 2, confirm: {} };
  const plan = emulatedPlan({
    search,
    objective: 'minimize-cost',
    load,
    runtimes: [
      {
        emulated: {
          fixedMs: [8, 14].slice(0, o.lines ?? 2),
          perItemMs: 1,
          dynamicBatching: [false, ...SIZES.map((maxBatchSize) => ({ maxBatchSize }))],
        },
      },
    ],
  });
  const moved = (of: string, instanceType: string) => `${of.split('@')[0]}@sagemaker/${instanceType}`;
  const deployments = devices.flatMap(({ instanceType, usdPerHour }) =>
    plan.deployments.map((d): Plan['deployments'][number] => {
      const id = moved(d.id, instanceType);
      const configuration = { ...d.configuration, id, target: 'sagemaker' as const, instanceType };
      return { ...d, id, group: id, configuration, usdPerHour, priceNote: null, priceSource: PRICE };
    }),
  );
  const trials = devices.flatMap(({ instanceType }) =>
    plan.trials.map((t) => ({
      ...t,
      id: `${t.id}-${instanceType.replace(/[^a-z0-9]/g, '')}`,
      deployment: moved(t.deployment, instanceType),
    })),
  );
  const adaptive = plan.load.adaptive && { ...plan.load.adaptive, trialSeconds: 60, revisits: 4 + 4 * devices.length };
  return { ...plan, deployments, trials, load: { ...plan.load, ...(adaptive ? { adaptive } : {}) } };
}

/** The same load always ends the same: worlds that live a run again need not simulate it again. */
const played = new Map<string, SegmentResult>();

export class QueueCloud extends CloudWorld {
  /** From request to confirmed absence, as a cloud would bill, by the lengths of what was asked. */
  billedSeconds = 0;
  readonly deploys: string[] = [];
  /** Called when a load has ended. */
  onLoad: () => void = () => undefined;
  readonly loads: string[] = [];

  constructor(plan: Plan, faults: Faults = {}) {
    super(plan, faults);
  }

  override ports(): EnginePorts & { cut(): void } {
    const ports = super.ports();
    const sagemaker = ports.targets.sagemaker!;
    const { deploySeconds, teardownSeconds } = TARGET_TIMES.sagemaker;
    return {
      ...ports,
      targets: {
        sagemaker: {
          ...sagemaker,
          deploy: async (r) => {
            const known = this.alive.has(r.name);
            const answer = await sagemaker.deploy(r);
            if (!known) {
              this.deploys.push(r.deployment.id);
              this.billedSeconds += deploySeconds + teardownSeconds;
            }
            return answer;
          },
        },
      },
    };
  }

  protected override resultOf(job: LoadJob): LoadResult {
    const once = job.segments[0]!.shape.kind === 'once';
    if (once) return super.resultOf(job);
    const segments = job.segments.map((segment) => this.loaded(segment, job));
    this.billedSeconds += job.segments.reduce((sum, s) => sum + s.seconds, 0);
    this.loads.push(job.segments.map((s) => s.id.split('/')[2]).join(' '));
    this.onLoad();
    return { schema: 'infersweep.load-result.v1', id: job.id, segments };
  }

  private loaded(segment: Segment, job: LoadJob): SegmentResult {
    const id = this.idAt(job.endpoints[segment.endpoint]!);
    const key = `${id} ${segment.id} ${segment.seconds} ${job.seed} ${job.timeoutMs}`;
    const known = played.get(key);
    if (known) return known;
    const server = serverOf(this.plan, id);
    const base = playedSegment(segment, { ratePerSecond: 1 });
    const { latencies, goodBySecond, sumMsBySecond } = simulate(
      server,
      segment,
      seedOf(`${id} ${segment.id} ${job.seed}`),
    );
    const histogram = new Histogram();
    for (const ms of latencies) histogram.record(ms > job.timeoutMs ? Number.POSITIVE_INFINITY : ms);
    const late = latencies.filter((ms) => ms > job.timeoutMs).length;
    const good = latencies.length - late;
    const encoded = histogram.encode();
    const result: SegmentResult = {
      ...base,
      requests: latencies.length,
      good,
      errors: late > 0 ? { timeout: late } : {},
      completedInWindow: goodBySecond.reduce((sum, n) => sum + n, 0),
      latency: encoded,
      serviceTime: encoded,
      seconds: goodBySecond.map((n, i) => ({
        second: Math.ceil(segment.dropSeconds) + i,
        good: n,
        bad: 0,
        latencySumMs: sumMsBySecond[i]!,
      })),
    };
    played.set(key, result);
    return result;
  }
}

interface Server {
  ms(n: number): number;
  maxBatch: number;
}

export function trialsSha256({ records }: QueueCloud): string {
  const ids = records.map((r) => r.trial).join('\n');
  return createHash('sha256').update(ids).digest('hex');
}

/** What the server of a configuration does; each is off by a little of its own. */
export function serverOf(plan: Plan, id: string): Server {
  const { instanceType, parameters } = plan.deployments.find((d) => d.id === id)!.configuration;
  const { slowness } = DEVICES.find((d) => d.instanceType === instanceType)!;
  const batching = parameters['dynamicBatching'] as false | { maxBatchSize: number };
  const own = 1 + 0.02 * (uniform(seedOf(id), 0) - 0.5);
  const fixedMs = Number(parameters['fixedMs']);
  const perItemMs = Number(parameters['perItemMs']);
  return {
    ms: (n) => own * slowness * (fixedMs + perItemMs * n),
    maxBatch: batching === false ? 1 : batching.maxBatchSize,
  };
}

/** One server, one queue: what waits when it is free is served together. */
function simulate({ ms, maxBatch }: Server, segment: Segment, seed: number) {
  const { shape, seconds, dropSeconds } = segment;
  const endMs = seconds * 1000;
  const dropMs = dropSeconds * 1000;
  let draws = 0;
  const draw = () => uniform(seed, draws++);
  const queue: number[] = [];
  if (shape.kind === 'closed') for (let i = 0; i < shape.users; i++) queue.push(0);
  else if (shape.kind === 'poisson') {
    for (let at = 0; ; ) {
      at -= (1000 * ln(draw())) / shape.ratePerSecond;
      if (at >= endMs) break;
      queue.push(at);
    }
  } else throw new RangeError(`no such load here: ${shape.kind}`);
  const latencies: number[] = [];
  const goodBySecond = new Array<number>(Math.floor(seconds - dropSeconds)).fill(0);
  const sumMsBySecond = goodBySecond.map(() => 0);
  let free = 0;
  for (let head = 0; head < queue.length; ) {
    const start = Math.max(free, queue[head]!);
    // Users stop at the end; what was sent at a rate is still answered.
    if (shape.kind === 'closed' && start >= endMs) break;
    let n = 1;
    while (n < maxBatch && head + n < queue.length && queue[head + n]! <= start) n++;
    free = start + ms(n) * (1 + 0.02 * (draw() - 0.5));
    for (let i = head; i < head + n; i++) {
      if (queue[i]! >= dropMs) latencies.push(free - queue[i]!);
      const second = Math.floor((free - dropMs) / 1000);
      if (second >= 0 && second < goodBySecond.length) {
        goodBySecond[second]!++;
        sumMsBySecond[second]! += free - queue[i]!;
      }
      if (shape.kind === 'closed' && free < endMs) queue.push(free);
    }
    head += n;
  }
  return { latencies, goodBySecond, sumMsBySecond };
}

function seedOf(text: string): number {
  let hash = 7;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) >>> 0;
  return hash;
}
