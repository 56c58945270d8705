/**
 * Service as a flow, tick by tick: cheap at any rate, and it needs no more than the capacity curve of one instance. What an
 * instance cannot complete waits at that instance, so that a new one answers at once while old ones work their queue off;
 * below that the curve says how many answers are late at this load.
 */
import { type CapacityCurve, lateShare } from '../capacity-curve.ts';
import type { PlaneListener, ServicePlane, Tally } from './service-plane.ts';

export interface FlowPlaneInput {
  /** Requests of each tick. */
  counts: Float64Array;
  tickS: number;
  /** One curve for each kind of instance. */
  curves: readonly CapacityCurve[];
  /** Seconds of work that may wait at most; what comes beyond is refused. */
  queueBoundS: number;
  /**
   * Memory of the load's average, seconds: the curve's rates are averages, and a single second is noise. Many service times.
   *
   * @default 10
   */
  smoothS?: number;
}

const SMOOTH_S = 10;
/** Resolution of the curve, in steps of one percent of the capacity. */
const STEPS = 400;

interface Member {
  id: number;
  kind: number;
  /** Work that waits here, seconds. */
  waitS: number;
}

export class FlowPlane implements ServicePlane {
  private readonly input: FlowPlaneInput;
  /** By kind: late share by percent of the capacity. */
  private readonly tables: readonly Float64Array[];
  private readonly members: Member[] = [];
  private readonly byKind: number[];
  private listener: PlaneListener | null = null;
  private tick = 0;
  private capacity = 0;
  private max = 0;
  private rate = Number.NaN;
  /** Whether any request waits. */
  private waiting = false;
  private arrivals = 0;
  private served = 0;
  private rejected = 0;
  private late = 0;

  constructor(input: FlowPlaneInput) {
    this.input = input;
    this.byKind = input.curves.map(() => 0);
    this.tables = input.curves.map((curve) =>
      Float64Array.from({ length: STEPS + 1 }, (_, i) => lateShare(curve, (curve.capacityPerSecond * i) / 100)),
    );
  }

  listen(listener: PlaneListener): void {
    this.listener = listener;
  }

  advance(toS: number): void {
    const { counts, tickS } = this.input;
    const until = Math.min(counts.length, Math.floor(toS / tickS + 1e-9));
    while (this.tick < until) this.step(counts[this.tick]!, this.tick++ * tickS);
  }

  join(id: number, kind: number): void {
    this.members.push({ id, kind, waitS: 0 });
    this.byKind[kind]!++;
    this.measure();
  }

  leave(id: number, atS: number): void {
    const [gone] = this.members.splice(
      this.members.findIndex((m) => m.id === id),
      1,
    );
    this.served += gone!.waitS * this.maxOf(gone!);
    this.byKind[gone!.kind]!--;
    this.measure();
    this.listener?.drained(id, atS);
  }

  tally(): Tally {
    const { arrivals, served, rejected, late } = this;
    const queued = this.members.reduce((sum, m) => sum + m.waitS * this.maxOf(m), 0);
    return { arrivals, served, rejected, queued, inFlight: 0, late };
  }

  private maxOf({ kind }: Member): number {
    return this.input.curves[kind]!.maxPerSecond;
  }

  private measure(): void {
    const sum = (of: (curve: CapacityCurve) => number) =>
      this.byKind.reduce((total, n, kind) => total + n * of(this.input.curves[kind]!), 0);
    this.capacity = sum((c) => c.capacityPerSecond);
    this.max = sum((c) => c.maxPerSecond);
  }

  private step(requests: number, atS: number): void {
    const { tickS, smoothS = SMOOTH_S } = this.input;
    const serving = this.members.length;
    this.listener?.counted(atS, requests, serving);
    this.arrivals += requests;
    const now = requests / tickS;
    this.rate = Number.isNaN(this.rate) ? now : this.rate + (now - this.rate) * Math.min(1, tickS / smoothS);
    if (serving === 0) {
      this.rejected += requests;
      this.late += requests;
    } else if (this.waiting || requests > this.max * tickS) this.queue(requests);
    else {
      this.served += requests;
      this.late += requests * this.lateByLoad();
    }
  }

  /** The router fills the shortest queues first, up to one level. */
  private queue(requests: number): void {
    const { tickS, queueBoundS, curves } = this.input;
    const byLoad = this.lateByLoad();
    const levelS = this.level(requests);
    this.waiting = false;
    for (const m of this.members) {
      const max = this.maxOf(m);
      const fullS = Math.max(m.waitS, levelS);
      const arrived = (fullS - m.waitS) * max;
      const leftS = Math.max(0, fullS - tickS);
      const refused = Math.min(arrived, Math.max(0, leftS - queueBoundS) * max);
      const waited = lateByWaiting(m.waitS, leftS, curves[m.kind]!.slackS);
      this.late += refused + (arrived - refused) * (waited + (1 - waited) * byLoad);
      this.rejected += refused;
      this.served += (fullS - leftS) * max;
      m.waitS = leftS - refused / max;
      this.waiting ||= m.waitS > 0;
    }
  }

  /** Seconds of work to which the least loaded instances rise when these requests are added. */
  private level(requests: number): number {
    const sorted = [...this.members].sort((a, b) => a.waitS - b.waitS);
    let rate = 0;
    let work = requests;
    for (let i = 0; i < sorted.length; i++) {
      const max = this.maxOf(sorted[i]!);
      rate += max;
      work += sorted[i]!.waitS * max;
      if (work / rate <= (sorted[i + 1]?.waitS ?? Number.POSITIVE_INFINITY)) break;
    }
    return work / rate;
  }

  /** While requests wait, the queue says who is late by waiting, and the curve no more than at the capacity. */
  private lateByLoad(): number {
    const most = this.waiting || this.rate > this.max ? 100 : STEPS;
    const at = Math.min(most, Math.round((100 * this.rate) / this.capacity));
    const first = this.tables[0]![at]!;
    if (this.tables.length === 1) return first;
    const weighted = this.byKind.reduce(
      (sum, n, kind) => sum + n * this.input.curves[kind]!.capacityPerSecond * this.tables[kind]![at]!,
      0,
    );
    return weighted / this.capacity;
  }
}

/** Share of a tick's arrivals that wait longer than the slack, while the wait goes evenly from one value to the other. */
function lateByWaiting(fromS: number, toS: number, slackS: number): number {
  const [low, high] = fromS < toS ? [fromS, toS] : [toS, fromS];
  if (high <= slackS) return 0;
  return low >= slackS ? 1 : (high - slackS) / (high - low);
}
