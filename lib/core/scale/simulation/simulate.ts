/** A discrete-event replay: demand meets a fleet that a policy grows and shrinks. Pure and seeded: same input, same bytes. */
import { uniform } from '../../load/seeded-random.ts';
import { stream } from '../draws.ts';
import type { ScalingValues, ScheduledBounds } from '../scaling-values.ts';
import { alarmPhaseS } from './alarm-phase.ts';
import type { Assumptions } from './assumptions.ts';
import { EventQueue } from './event-queue.ts';
import { billedSeconds, billedUsd, FleetLedger, type InstanceRecord } from './fleet-ledger.ts';
import type { MetricPoint } from './metric-series.ts';
import type { ServicePlane, Tally } from './service-plane.ts';
import { startTimes } from './start-times.ts';
import { type Change, TargetTracking } from './target-tracking.ts';

/** What instances can be had as. */
export interface InstanceKind {
  usdPerHour: number | null;
  /** Whether one can be launched; those of the beginning are there. */
  available: boolean;
}

export interface SimulationInput {
  plane: ServicePlane;
  values: ScalingValues;
  schedule?: readonly ScheduledBounds[];
  assumed: Assumptions;
  /** The first one that is available is launched. */
  kinds: readonly InstanceKind[];
  endS: number;
  /** Of start times, refusals and the alarms' phase; arrivals have their own. */
  seed: number;
  /**
   * Seconds by which the n-th evaluation of the alarms comes late, less than their interval. A cooldown of whole intervals that began
   * at one evaluation is over at the last of them only where that is no earlier.
   *
   * @default none
   */
  evaluatedLateS?: (n: number) => number;
}

export interface Activity extends Change {
  decidedS: number;
  /** When it was complete; null when the trace ended first. */
  endedS: number | null;
  refused: boolean;
}

export interface Simulation extends Tally {
  /** Late or rejected, of all arrivals. */
  missShare: number;
  instanceSeconds: number;
  /** null without a price. */
  usd: number | null;
  scaleOuts: number;
  scaleIns: number;
  refusedScaleOuts: number;
  activities: Activity[];
  instances: InstanceRecord[];
  /** The metric, minute by minute. */
  metric: readonly MetricPoint[];
}

type Event =
  | { kind: 'launch'; activity: Activity; action: number }
  | { kind: 'up'; record: InstanceRecord; activity: Activity; batch: { left: number } }
  | { kind: 'bounds'; min: number; max: number }
  | { kind: 'evaluate'; n: number };

/** Ties: what becomes free, then new bounds, then alarms; the plane's arrivals come after all of them. */
const RANK = { up: 0, launch: 1, bounds: 2, evaluate: 3 } as const;

export function simulate(input: SimulationInput): Simulation {
  return new Simulator(input).run();
}

class Simulator {
  private readonly input: SimulationInput;
  private readonly policy: TargetTracking;
  private readonly events = new EventQueue<Event>();
  private readonly ledger = new FleetLedger();
  private readonly startOf: (launch: number, action: number) => number;
  /** In order of launch. */
  private readonly serving: InstanceRecord[] = [];
  private readonly activities: Activity[] = [];
  private desired: number;
  private lastLaunchS = Number.NEGATIVE_INFINITY;

  constructor(input: SimulationInput) {
    this.input = input;
    this.policy = new TargetTracking(input.values, input.assumed);
    this.startOf = startTimes(input.assumed, input.seed);
    this.desired = input.values.initialCapacity;
    input.plane.listen({
      counted: (atS, requests, serving) => this.policy.count(atS, requests, serving),
      drained: (id, atS) => this.ledger.end(id, atS + input.assumed.idleTailS),
    });
  }

  run(): Simulation {
    const { values, schedule = [], endS, plane } = this.input;
    for (let i = 0; i < values.initialCapacity; i++) this.serve(this.ledger.launch(0, 0), 0);
    for (const { atS, minCapacity: min, maxCapacity: max } of schedule) this.push(atS, { kind: 'bounds', min, max });
    this.awaitEvaluation(0);
    while (this.events.nextS() < endS) {
      const { atS, event } = this.events.pop();
      plane.advance(atS);
      this.handle(atS, event);
    }
    plane.advance(endS);
    return this.result();
  }

  private push(atS: number, event: Event): void {
    this.events.push(atS, event, RANK[event.kind]);
  }

  private awaitEvaluation(n: number): void {
    const { assumed, seed, evaluatedLateS } = this.input;
    const dueS = alarmPhaseS(assumed, seed) + n * assumed.evaluateEveryS;
    this.push(dueS + (evaluatedLateS?.(n) ?? 0), { kind: 'evaluate', n });
  }

  private handle(nowS: number, event: Event): void {
    switch (event.kind) {
      case 'evaluate':
        this.evaluate(nowS);
        this.awaitEvaluation(event.n + 1);
        break;
      case 'bounds':
        this.policy.bounds(event.min, event.max);
        this.evaluate(nowS);
        break;
      case 'launch':
        this.launch(nowS, event.activity, event.action);
        break;
      case 'up':
        this.serve(event.record, nowS);
        if (--event.batch.left === 0) {
          event.activity.endedS = nowS;
          this.policy.settled(nowS);
        }
    }
  }

  private evaluate(nowS: number): void {
    const change = this.policy.evaluate(nowS, { desired: this.desired, active: this.serving.length });
    if (change === null) return;
    const action = this.activities.length;
    const activity: Activity = { ...change, decidedS: nowS, endedS: null, refused: false };
    this.activities.push(activity);
    if (change.direction === 'in') {
      this.desired = change.to;
      activity.endedS = nowS;
      for (let n = change.from - change.to; n > 0; n--) this.input.plane.leave(this.serving.pop()!.id, nowS);
    } else if (this.isRefused(change, action)) {
      activity.refused = true;
      activity.endedS = nowS;
      this.policy.refused();
    } else {
      this.desired = change.to;
      const { actionS, warmupS } = this.input.assumed;
      this.lastLaunchS = Math.max(nowS + actionS, this.lastLaunchS + warmupS);
      this.push(this.lastLaunchS, { kind: 'launch', activity, action });
    }
  }

  /** A quota or a want of capacity refuses the whole change, not a part of it. */
  private isRefused({ to }: Change, action: number): boolean {
    const { assumed, kinds, seed } = this.input;
    if (assumed.quota !== null && to > assumed.quota) return true;
    return !kinds.some((k) => k.available) || uniform(stream(seed, 7), action) < assumed.refusalShare;
  }

  private launch(nowS: number, activity: Activity, action: number): void {
    const kind = this.input.kinds.findIndex((k) => k.available);
    const batch = { left: activity.to - activity.from };
    for (let n = batch.left; n > 0; n--) {
      const record = this.ledger.launch(kind, nowS);
      const upS = nowS + this.startOf(record.id, action);
      this.push(upS, { kind: 'up', record, activity, batch });
    }
  }

  private serve(record: InstanceRecord, nowS: number): void {
    record.servingS = nowS;
    this.serving.push(record);
    this.input.plane.join(record.id, record.kind);
  }

  private result(): Simulation {
    const { plane, kinds, endS } = this.input;
    const tally = plane.tally();
    const instances = this.ledger.settle(endS);
    const count = (of: (a: Activity) => boolean) => this.activities.filter(of).length;
    return {
      ...tally,
      missShare: tally.arrivals === 0 ? 0 : tally.late / tally.arrivals,
      instanceSeconds: billedSeconds(instances),
      usd: billedUsd(
        instances,
        kinds.map((k) => k.usdPerHour),
      ),
      scaleOuts: count((a) => a.direction === 'out' && !a.refused),
      scaleIns: count((a) => a.direction === 'in'),
      refusedScaleOuts: count((a) => a.refused),
      activities: this.activities,
      instances,
      metric: this.policy.facts().points,
    };
  }
}
