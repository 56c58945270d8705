/**
 * The documented semantics of target tracking (Application Auto Scaling user guide, CloudWatch user guide) as a state machine:
 * it is told what was counted and what started, and says what it would change. It has no clock, so the simulator and a live
 * fleet run the same code.
 */
import type { ScalingValues } from '../scaling-values.ts';
import { type AlarmState, alarmState, EXTRA_POINTS } from './alarm.ts';
import type { Assumptions } from './assumptions.ts';
import { type MetricPoint, MetricSeries } from './metric-series.ts';

export interface FleetState {
  /** Instances asked for. */
  desired: number;
  /** Instances that serve. */
  active: number;
}

export interface Change {
  direction: 'out' | 'in';
  from: number;
  to: number;
  /** What the metric said; null for new bounds. */
  value: number | null;
}

export class TargetTracking {
  private readonly values: ScalingValues;
  private readonly assumed: Assumptions;
  private readonly high: MetricSeries;
  private readonly low: MetricSeries;
  private highState: AlarmState = 'INSUFFICIENT_DATA';
  private lowState: AlarmState = 'INSUFFICIENT_DATA';
  private min: number;
  private max: number;
  /** Scale-outs under way. */
  private underWay = 0;
  private outEndS = Number.NEGATIVE_INFINITY;
  private inEndS = Number.NEGATIVE_INFINITY;
  /** Size of the fleet that the last scale-out asked for. */
  private lastOut = 0;

  constructor(values: ScalingValues, assumed: Assumptions) {
    this.values = values;
    this.assumed = assumed;
    this.min = values.minCapacity;
    this.max = values.maxCapacity;
    const series = (periodS: number) =>
      new MetricSeries({ periodS, delayS: assumed.publishDelayS, zeroSilent: assumed.zeroSilent });
    this.high = series(assumed.periodS);
    this.low = assumed.lowPeriodS === assumed.periodS ? this.high : series(assumed.lowPeriodS);
  }

  /** Requests that arrived at a time, in order, and how many instances served then. */
  count(atS: number, requests: number, serving: number): void {
    this.high.count(atS, requests, serving);
    if (this.low !== this.high) this.low.count(atS, requests, serving);
  }

  /** Bounds of a scheduled action; the next `evaluate` keeps them. */
  bounds(min: number, max: number): void {
    this.min = min;
    this.max = max;
  }

  /** What to change now: an alarm's action is tried at every evaluation, not only when its state changes. */
  evaluate(nowS: number, fleet: FleetState): Change | null {
    const { highPeriods, lowPeriods, lowFactor, lock } = this.assumed;
    const target = this.values.targetValue;
    const high = this.high.readable(nowS, highPeriods + EXTRA_POINTS);
    const low = this.low.readable(nowS, lowPeriods + EXTRA_POINTS);
    this.highState = alarmState(this.highState, high, highPeriods, (v) => v > target);
    this.lowState = alarmState(this.lowState, low, lowPeriods, (v) => v < lowFactor * target);
    if (lock && this.underWay > 0) return null;
    const bounded = Math.min(this.max, Math.max(this.min, fleet.desired));
    if (bounded > fleet.desired) return this.change(nowS, fleet.desired, bounded, null);
    if (bounded < fleet.desired) return this.underWay > 0 ? null : this.change(nowS, fleet.desired, bounded, null);
    if (this.highState === 'ALARM') return this.out(nowS, fleet, newest(high));
    if (this.lowState === 'ALARM') return this.in(nowS, fleet, newest(low));
    return null;
  }

  /** All instances of a scale-out serve: the cooldown begins. */
  settled(nowS: number): void {
    this.underWay--;
    this.outEndS = Math.max(this.outEndS, nowS);
  }

  /** A scale-out was refused whole: the fleet is as it was, and the alarm will try again. */
  refused(): void {
    this.underWay--;
    this.lastOut = 0;
  }

  /** Points of the metric for scale-in, and the alarms' states. */
  facts(): { points: readonly MetricPoint[]; high: AlarmState; low: AlarmState } {
    return { points: this.low.all(), high: this.highState, low: this.lowState };
  }

  /** Proportional, rounded up. Capacity that is already under way counts; inside the cooldown only a larger step passes. */
  private out(nowS: number, { desired, active }: FleetState, value: number): Change | null {
    const want = Math.min(this.max, ceil((active * value) / this.values.targetValue));
    if (want <= desired) return null;
    if (nowS < this.outEndS + this.values.scaleOutCooldownS && want <= this.lastOut) return null;
    return this.change(nowS, desired, want, value);
  }

  /** Never where one instance less would put the metric over the target. A scale-out's end starts the cooldown, too. */
  private in(nowS: number, { desired, active }: FleetState, value: number): Change | null {
    if (this.underWay > 0 || desired <= this.min) return null;
    if (nowS < Math.max(this.inEndS, this.outEndS) + this.values.scaleInCooldownS) return null;
    const load = active * value;
    const { targetValue } = this.values;
    if (load / (desired - 1) > targetValue) return null;
    const needed = this.assumed.scaleIn === 'proportional' ? ceil(load / targetValue) : desired - 1;
    return this.change(nowS, desired, Math.max(this.min, needed), value);
  }

  private change(nowS: number, from: number, to: number, value: number | null): Change {
    if (to > from) {
      this.underWay++;
      this.lastOut = to;
      return { direction: 'out', from, to, value };
    }
    this.inEndS = nowS;
    return { direction: 'in', from, to, value };
  }
}

/** 3 x 0.7 / 0.7 may come out a hair above three. */
function ceil(n: number): number {
  return Math.ceil(n - 1e-9);
}

function newest(points: readonly MetricPoint[]): number {
  return points.findLast(({ value }) => value !== null)!.value!;
}
