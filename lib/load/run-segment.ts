/** One segment from its first request to its result: start, watch, drain, compare, report. */
import type { Endpoint, LoadJob, Segment, SegmentResult } from '../core/load/job.ts';
import { hash32 } from '../core/load/seeded-random.ts';
import { CircuitBreaker, PATIENT, PROBE } from './circuit-breaker.ts';
import { ClientFactsMeter } from './client-facts.ts';
import { ClosedLoop } from './closed-loop.ts';
import type { Driver } from './driver.ts';
import { GoldenSampler } from './golden-sampler.ts';
import { nowMs } from './monotonic.ts';
import { Once } from './once.ts';
import { OpenLoop } from './open-loop.ts';
import { originOf } from './origin.ts';
import { RequestTemplate } from './request-template.ts';
import { readServerCounters } from './server-counters.ts';
import { Tally } from './tally.ts';
import type { Ticker } from './ticker.ts';
import { type Numbering, Traffic } from './traffic.ts';

/** Between the last preparation and the first request, so that the ticker sleeps before anything is due. */
const START_DELAY_MS = 5;
/** How often time limits are looked at; a limit is met this much late at worst. */
const TICK_MS = 20;
/** A stopped segment waits this long for the answers still on their way. */
const STOP_DRAIN_MS = 1000;

const SCHEDULE_STREAM = 2;
const SAMPLE_STREAM = 3;

export interface SegmentInput {
  job: LoadJob;
  segment: Segment;
  /** Position in the job: segments of one job draw different numbers. */
  position: number;
  numbering: Numbering;
  /** The endpoint has died in an earlier segment: look briefly whether it is back. */
  knownDead: boolean;
  ticker: () => Promise<Ticker>;
  signal: AbortSignal | undefined;
  /** Hands out the counts while they grow, for the live view. */
  onStart?: (tally: Tally) => void;
}

export async function runSegment(input: SegmentInput): Promise<SegmentResult> {
  const { job, segment } = input;
  const endpoint = job.endpoints[segment.endpoint]!;
  const origin = originOf(endpoint);
  const counters = () => (endpoint.statsPath === null ? null : readServerCounters(origin, endpoint.statsPath));
  const open = segment.shape.kind === 'constant' || segment.shape.kind === 'poisson';
  const ticker = open ? await input.ticker() : null;
  const before = await counters();
  const run = new SegmentRun(input, endpoint, ticker);
  input.onStart?.(run.tally);
  await run.finished;
  const after = await counters();
  return { ...run.result(), server: before !== null && after !== null ? { before, after } : null };
}

class SegmentRun {
  readonly tally: Tally;
  readonly finished: Promise<void>;
  private readonly input: SegmentInput;
  private readonly traffic: Traffic;
  private readonly sampler: GoldenSampler;
  private readonly breaker: CircuitBreaker;
  private readonly driver: Driver;
  private readonly ticker: Ticker | null;
  private readonly facts = new ClientFactsMeter();
  private measuring = false;
  private aborted: SegmentResult['aborted'] = null;
  /** Set when sending has ended: until when answers are awaited. */
  private drainUntilMs: number | null = null;

  constructor(input: SegmentInput, endpoint: Endpoint, ticker: Ticker | null) {
    const { job, segment, position } = input;
    const { shape } = segment;
    const seed = hash32(job.seed, 1000 + position);
    const origin = originOf(endpoint);
    // Built before the clock starts: decoding large bodies takes longer than the delay.
    const templates = endpoint.bodies.map((body) => new RequestTemplate(endpoint, origin, body));
    const startMs = nowMs() + START_DELAY_MS;
    const once = shape.kind === 'once';
    // `once` is measured whole: it ends with its last body, which its time limits bound.
    const fromMs = once ? startMs : startMs + segment.dropSeconds * 1000;
    const toMs = once ? Number.POSITIVE_INFINITY : startMs + segment.seconds * 1000;
    this.input = input;
    this.ticker = ticker;
    this.tally = new Tally({ startMs, fromMs, toMs }, job.requestLog);
    this.sampler = new GoldenSampler(endpoint, hash32(seed, SAMPLE_STREAM), fromMs, toMs, once);
    this.breaker = new CircuitBreaker(input.knownDead ? PROBE : PATIENT, startMs);
    const { tally, sampler, breaker } = this;
    const { numbering } = input;
    this.traffic = new Traffic({ job, origin, templates, numbering, tally, sampler, breaker });
    if (shape.kind === 'once') this.driver = new Once(this.traffic);
    else if (shape.kind === 'closed') this.driver = new ClosedLoop(this.traffic, shape.users, toMs);
    else {
      this.driver = new OpenLoop(this.traffic, ticker!, shape, hash32(seed, SCHEDULE_STREAM), startMs, toMs);
    }
    // The ticker sleeps until the start by itself; the others have to be held back.
    this.finished = this.watch(ticker === null ? startMs : 0);
  }

  result(): Omit<SegmentResult, 'server'> {
    const { tally, traffic, sampler } = this;
    const { segment } = this.input;
    const { window } = tally;
    for (const exchange of sampler.compareKept()) tally.demote(exchange);
    return {
      id: segment.id,
      endpoint: segment.endpoint,
      shape: segment.shape,
      durationS: Math.max(0, window.toMs - window.fromMs) / 1000,
      requests: tally.requests,
      good: tally.good,
      errors: tally.errors,
      completedInWindow: tally.completedInWindow,
      connections: traffic.sockets,
      latency: tally.latency.encode(),
      serviceTime: tally.serviceTime.encode(),
      scheduleError: tally.scheduleError.encode(),
      seconds: tally.seconds,
      client: this.facts.end(),
      golden: sampler.result,
      aborted: this.aborted,
      log: tally.log(),
    };
  }

  /** Starts the load not before `startMs` and resolves when everything has ended. */
  private watch(startMs: number): Promise<void> {
    const { signal, job } = this.input;
    return new Promise((resolve, reject) => {
      const tickMs = Math.max(1, Math.min(TICK_MS, job.timeoutMs / 10));
      const end = (error?: Error) => {
        clearTimeout(starter);
        clearInterval(timer);
        signal?.removeEventListener('abort', tick);
        this.driver.abandon();
        if (error === undefined) resolve();
        else reject(error);
      };
      const tick = () => {
        try {
          if (this.tick()) end();
        } catch (error) {
          end(error as Error);
        }
      };
      // A timer may fire a little early, and a request meant for before the window would not be counted.
      const start = () => {
        if (nowMs() >= startMs) this.driver.start();
        else starter = setTimeout(start, 1);
      };
      let starter = setTimeout(start, 1);
      const timer = setInterval(tick, tickMs);
      signal?.addEventListener('abort', tick);
    });
  }

  /** Looks after every time limit; true when the segment is over. */
  private tick(): boolean {
    const now = nowMs();
    const { window } = this.tally;
    if (this.ticker?.failure)
      throw new Error(`the clock thread of the load engine failed: ${this.ticker.failure.message}`);
    this.traffic.expire(now);
    this.driver.tick();
    if (!this.measuring && now >= window.fromMs) {
      this.measuring = true;
      this.facts.begin();
    }
    if (this.drainUntilMs === null) this.checkEnd(now);
    if (this.driver.done) {
      this.stopMeasuring(now);
      return true;
    }
    return this.drainUntilMs !== null && now >= this.drainUntilMs;
  }

  private checkEnd(now: number): void {
    const { timeoutMs } = this.input.job;
    if (this.input.signal?.aborted) {
      this.aborted = 'stopped';
      this.driver.halt();
      this.drainUntilMs = now + Math.min(timeoutMs, STOP_DRAIN_MS);
    } else if (this.breaker.tripped(now)) {
      this.aborted = 'server-died';
      this.drainUntilMs = now;
    } else if (now >= this.tally.window.toMs) {
      this.drainUntilMs = this.tally.window.toMs + timeoutMs;
    } else return;
    this.stopMeasuring(now);
  }

  /** Ends the window where it has not ended by the clock. */
  private stopMeasuring(now: number): void {
    const { window } = this.tally;
    this.facts.end();
    if (now < window.toMs) window.toMs = Math.max(now, window.startMs);
  }
}
