/** One segment from its first request to its result: start, watch, drain, compare, report. */
import type { Endpoint, LoadJob, Segment, SegmentResult } from '../core/load/job.ts';
import { partsOf } from '../core/load/parts.ts';
import { hash32 } from '../core/load/seeded-random.ts';
import { isOfUsers, isOpen } from '../core/load/shape.ts';
import { type Share, shareOf } from '../core/load/share.ts';
import { CircuitBreaker, PATIENT, PROBE } from './circuit-breaker.ts';
import { ClientFactsMeter, type CpuScope, usageNow } from './client-facts.ts';
import { ClosedLoop } from './closed-loop.ts';
import type { Driver } from './driver.ts';
import type { EndpointRequests } from './endpoint-requests.ts';
import { GoldenSampler } from './golden-sampler.ts';
import { nowMs } from './monotonic.ts';
import { Once } from './once.ts';
import { OpenLoop } from './open-loop.ts';
import { originOf } from './origin.ts';
import { type MarkSources, PartMarks } from './part-marks.ts';
import { readServerCounters } from './server-counters.ts';
import { readServerUtilisation } from './server-utilisation.ts';
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
  share: Share;
  /** Of the segment's endpoint. */
  requests: EndpointRequests;
  numbering: Numbering;
  /** The endpoint has died in an earlier segment: look briefly whether it is back. */
  knownDead: boolean;
  ticker: () => Promise<Ticker>;
  signal: AbortSignal | undefined;
  cpuScope: CpuScope;
  /** Waits for the moment at which all shares begin; null when there is none. */
  meet: () => Promise<number | null>;
  /** Hands out the counts while they grow, for the live view. */
  onStart?: (tally: Tally) => void;
}

/** @returns null when it was stopped before it began */
export async function runSegment(input: SegmentInput): Promise<SegmentResult | null> {
  const { job, segment } = input;
  const endpoint = job.endpoints[segment.endpoint]!;
  const origin = originOf(endpoint);
  const counters = async () => (endpoint.statsPath === null ? null : readServerCounters(origin, endpoint.statsPath));
  const ticker = isOpen(segment.shape) ? await input.ticker() : null;
  await input.requests.ready();
  const before = await counters();
  const askedMs = await input.meet();
  if (askedMs !== null && input.signal?.aborted) return null;
  const sources: MarkSources = {
    usage: () => usageNow(input.cpuScope),
    read: endpoint.statsPath === null || input.share.index > 0 ? undefined : counters,
    before: before?.counters ?? null,
  };
  const run = new SegmentRun(input, { endpoint, ticker, askedMs, sources });
  input.onStart?.(run.tally);
  await run.finished;
  await run.marks.settled();
  const after = await counters();
  const { utilisationPath } = endpoint;
  // Once, after the load: it must not compete with what is measured. A check of answers loads nothing.
  const utilisation =
    utilisationPath === undefined || segment.shape.kind === 'once'
      ? null
      : await readServerUtilisation(origin, utilisationPath, () => (nowMs() - run.tally.window.startMs) / 1000);
  return {
    ...run.result(),
    server:
      before !== null && after !== null
        ? { before: before.counters, after: after.counters, readMs: Math.min(before.readMs, after.readMs) }
        : null,
    ...(utilisation === null ? {} : { utilisation }),
  };
}

interface Prepared {
  endpoint: Endpoint;
  ticker: Ticker | null;
  /** When to start, on the monotonic clock; at once when that is past or null. */
  askedMs: number | null;
  sources: MarkSources;
}

class SegmentRun {
  readonly tally: Tally;
  readonly marks: PartMarks;
  readonly finished: Promise<void>;
  private readonly input: SegmentInput;
  private readonly traffic: Traffic;
  private readonly sampler: GoldenSampler;
  private readonly breaker: CircuitBreaker;
  private readonly driver: Driver;
  private readonly ticker: Ticker | null;
  private readonly facts: ClientFactsMeter;
  private readonly timing: Pick<SegmentResult, 'startedAtMs' | 'lateMs'>;
  private measuring = false;
  private aborted: SegmentResult['aborted'] = null;
  /** Set when sending has ended: until when answers are awaited. */
  private drainUntilMs: number | null = null;

  constructor(input: SegmentInput, { endpoint, ticker, askedMs, sources }: Prepared) {
    const { job, segment, position, share } = input;
    const { shape } = segment;
    const seed = hash32(job.seed, 1000 + position);
    const startMs = Math.max(nowMs() + START_DELAY_MS, askedMs ?? 0);
    this.timing = {
      startedAtMs: Date.now() + startMs - nowMs(),
      ...(askedMs === null ? {} : { lateMs: startMs - askedMs }),
    };
    this.facts = new ClientFactsMeter(input.cpuScope);
    const once = shape.kind === 'once';
    // `once` is measured whole: it ends with its last body, which its time limits bound.
    const fromMs = once ? startMs : startMs + segment.dropSeconds * 1000;
    const toMs = once ? Number.POSITIVE_INFINITY : startMs + segment.seconds * 1000;
    this.input = input;
    this.ticker = ticker;
    const parts = partsOf(shape).map((part) => {
      const partMs = startMs + part.startSeconds * 1000;
      return { startMs: partMs, fromMs: Math.max(fromMs, partMs), toMs: Math.min(toMs, partMs + part.seconds * 1000) };
    });
    this.tally = new Tally({ startMs, fromMs, toMs }, job.requestLog, parts);
    this.marks = new PartMarks(parts, sources);
    this.sampler = new GoldenSampler(endpoint, hash32(seed, SAMPLE_STREAM), fromMs, toMs, once);
    this.breaker = new CircuitBreaker(input.knownDead ? PROBE : PATIENT, startMs);
    const { tally, sampler, breaker } = this;
    this.traffic = new Traffic({
      seed: job.seed,
      timeoutMs: job.timeoutMs,
      maxConnections: Math.max(1, shareOf(job.maxConnections, share)),
      origin: originOf(endpoint),
      templates: input.requests.templates,
      numbering: input.numbering,
      tally,
      sampler,
      breaker,
    });
    const plan = { share, startMs, endMs: toMs };
    if (shape.kind === 'once') this.driver = new Once(this.traffic);
    else if (isOfUsers(shape)) this.driver = new ClosedLoop(this.traffic, { ...plan, shape });
    else this.driver = new OpenLoop(this.traffic, ticker!, { ...plan, shape, seed: hash32(seed, SCHEDULE_STREAM) });
    // The ticker sleeps until the start by itself; the others have to be held back.
    this.finished = this.watch(ticker === null ? startMs : 0);
  }

  result(): Omit<SegmentResult, 'server'> {
    const { tally, traffic, sampler, marks } = this;
    const { segment } = this.input;
    const { window } = tally;
    for (const exchange of sampler.compareKept()) tally.demote(exchange);
    const begun = tally.parts.filter((part) => part.window.startMs < window.toMs);
    for (const part of begun) part.window.toMs = Math.min(part.window.toMs, window.toMs);
    return {
      id: segment.id,
      endpoint: segment.endpoint,
      shape: segment.shape,
      ...tally.counts(),
      ...(tally.throttled > 0 ? { throttled: tally.throttled } : {}),
      ...(sampler.refusal === null ? {} : { refusal: sampler.refusal }),
      connections: traffic.sockets,
      ...(tally.parts.length > 0 ? { parts: begun.map((part, i) => ({ ...part.counts(), ...marks.factsOf(i) })) } : {}),
      client: this.facts.end(),
      golden: sampler.result,
      aborted: this.aborted,
      ...this.timing,
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
    // Of a load that was stopped no more parts end.
    const isLoading = this.drainUntilMs === null;
    if (isLoading) {
      this.marks.tick(now);
      this.checkEnd(now);
    }
    if (this.driver.done) {
      // It may have ended since this tick began.
      if (isLoading && this.aborted === null) this.marks.tick(nowMs());
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
