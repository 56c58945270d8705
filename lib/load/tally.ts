/** Counts of one segment: which requests are measured and what became of them. */

import { Histogram } from '../core/load/histogram.ts';
import type { ErrorCounts, PartResult, Second, SegmentResult } from '../core/load/job.ts';
import { type Exchange, requestId } from './exchange.ts';

export interface Window {
  /** Start of the segment, on the monotonic clock. */
  startMs: number;
  /** The measured part [fromMs, toMs); toMs is brought forward when a segment ends early. */
  fromMs: number;
  toMs: number;
}

/**
 * The population is every request whose *intended* time lies in the window; `completedInWindow` counts good answers by
 * *arrival* instead. Per-second rows and the log take everything, the dropped head and the drain included.
 */
export class Tally {
  readonly window: Window;
  readonly latency = new Histogram();
  readonly serviceTime = new Histogram();
  readonly scheduleError = new Histogram();
  readonly errors: ErrorCounts = {};
  readonly seconds: Second[] = [];
  requests = 0;
  good = 0;
  completedInWindow = 0;
  /** From the first to the last byte of good answers, all of them together. */
  replyMs = 0;
  /** Of the requests, those refused for their rate. */
  throttled = 0;
  /** Over the whole segment, for the live view. */
  goodInAll = 0;
  badInAll = 0;
  /** Of a load whose rate changes: one after the other, each of the requests that were meant for it. */
  readonly parts: readonly Tally[];
  private readonly rows: Exchange[] | null;
  /** Requests end roughly in the order in which they were meant to begin. */
  private lastPart = 0;

  constructor(window: Window, keepLog: boolean, parts: readonly Window[] = []) {
    this.window = window;
    this.rows = keepLog ? [] : null;
    this.parts = parts.map((part) => new Tally(part, false));
  }

  /** Enters an exchange that ended at `now`. */
  settle(exchange: Exchange, now: number): void {
    const { intendedMs, sentMs, firstMs, doneMs } = exchange;
    const ok = exchange.outcome === 'ok';
    const row = this.secondAt(now);
    if (ok) {
      this.goodInAll++;
      row.good++;
      row.latencySumMs += doneMs - intendedMs;
      if (this.arrivedInWindow(doneMs)) this.completedInWindow++;
    } else {
      this.badInAll++;
      row.bad++;
    }
    this.rows?.push(exchange);
    if (!this.isMeasured(exchange)) return;
    this.partOf(exchange)?.settle(exchange, now);
    this.requests++;
    if (ok) {
      this.good++;
      if (!Number.isNaN(firstMs)) this.replyMs += doneMs - firstMs;
    } else this.countError(exchange);
    if (exchange.throttled) this.throttled++;
    this.latency.record(ok ? doneMs - intendedMs : Number.POSITIVE_INFINITY);
    if (Number.isNaN(sentMs)) return;
    this.serviceTime.record(ok ? doneMs - sentMs : Number.POSITIVE_INFINITY);
    this.scheduleError.record(sentMs - intendedMs);
  }

  /**
   * Turns a good answer into `wrong-output` after the fact. Its latency stays in the histograms: the answer did arrive then,
   * and one wrong output fails the whole trial anyway.
   */
  demote(exchange: Exchange): void {
    exchange.outcome = 'wrong-output';
    const row = this.secondAt(exchange.doneMs);
    this.goodInAll--;
    this.badInAll++;
    row.good--;
    row.bad++;
    row.latencySumMs -= exchange.doneMs - exchange.intendedMs;
    if (this.arrivedInWindow(exchange.doneMs)) this.completedInWindow--;
    if (!this.isMeasured(exchange)) return;
    this.partOf(exchange)?.demote(exchange);
    this.good--;
    this.countError(exchange);
  }

  /** What is told of it: the measured part as the clock saw it. */
  counts(): PartResult {
    const { window } = this;
    return {
      durationS: Math.max(0, window.toMs - window.fromMs) / 1000,
      requests: this.requests,
      good: this.good,
      errors: this.errors,
      completedInWindow: this.completedInWindow,
      latency: this.latency.encode(),
      serviceTime: this.serviceTime.encode(),
      scheduleError: this.scheduleError.encode(),
      seconds: this.seconds,
      replyMs: this.replyMs,
    };
  }

  /** One row per request in the order of their ids; null when no log was asked for. */
  log(): SegmentResult['log'] {
    if (this.rows === null) return null;
    return [...this.rows]
      .sort((a, b) => a.number - b.number)
      .map((e) => ({
        id: requestId(e.number),
        variant: e.variant,
        intendedMs: e.intendedMs,
        sentMs: Number.isNaN(e.sentMs) ? null : e.sentMs,
        doneMs: Number.isNaN(e.doneMs) ? null : e.doneMs,
        outcome: e.outcome!,
      }));
  }

  private partOf({ intendedMs }: Exchange): Tally | undefined {
    const { parts } = this;
    while (this.lastPart > 0 && intendedMs < parts[this.lastPart]!.window.fromMs) this.lastPart--;
    while (this.lastPart + 1 < parts.length && intendedMs >= parts[this.lastPart + 1]!.window.fromMs) this.lastPart++;
    return parts[this.lastPart];
  }

  private isMeasured(exchange: Exchange): boolean {
    return exchange.intendedMs >= this.window.fromMs && exchange.intendedMs < this.window.toMs;
  }

  private arrivedInWindow(doneMs: number): boolean {
    return doneMs >= this.window.fromMs && doneMs < this.window.toMs;
  }

  private countError({ outcome }: Exchange): void {
    if (outcome !== null && outcome !== 'ok') this.errors[outcome] = (this.errors[outcome] ?? 0) + 1;
  }

  private secondAt(now: number): Second {
    const second = Math.max(0, Math.floor((now - this.window.startMs) / 1000));
    while (this.seconds.length <= second) {
      this.seconds.push({ second: this.seconds.length, good: 0, bad: 0, latencySumMs: 0 });
    }
    return this.seconds[second]!;
  }
}
