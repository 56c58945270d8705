/**
 * Requests start when the schedule says so, whatever the server does. One that finds no free socket opens another, up to the
 * limit; beyond it the intended times queue and are never skipped, so a stall shows in the latency of all who would have waited.
 */
import { createSchedule, type Schedule } from '../core/load/schedule.ts';
import type { Connection } from './connection.ts';
import type { Driver } from './driver.ts';
import type { Exchange } from './exchange.ts';
import { nowMs } from './monotonic.ts';
import { LEAD_MS, leadMs, type Ticker, type TickPlan } from './ticker.ts';
import type { Traffic } from './traffic.ts';

/** The worker's own wait may end this much early or late; within it the main thread still takes the request as near. */
const NEAR_SLACK_MS = 0.1;

export class OpenLoop implements Driver {
  private readonly traffic: Traffic;
  private readonly ticker: Ticker;
  private readonly plan: TickPlan;
  private readonly schedule: Schedule;
  private readonly nearMs: number;
  private index = 0;
  private nextMs: number;
  private halted = false;
  private spinning = false;
  /** Idle connections; the one used last is taken first, so that few sockets stay busy instead of many half asleep. */
  private readonly idle: Connection[] = [];
  private queue: Exchange[] = [];
  private queueHead = 0;

  constructor(traffic: Traffic, ticker: Ticker, plan: TickPlan) {
    this.traffic = traffic;
    this.ticker = ticker;
    this.plan = plan;
    this.schedule = createSchedule(plan.shape, plan.seed, plan.share);
    this.nearMs = leadMs(plan) > 0 ? LEAD_MS + NEAR_SLACK_MS : 0;
    this.nextMs = plan.startMs + this.schedule.offsetMs(0);
    traffic.onFree = (connection, now) => this.free(connection, now);
  }

  start(): void {
    this.ticker.run(this.plan, () => this.pump());
  }

  /** The ticker drives the sending; this only catches what a starved worker thread would leave behind. */
  tick(): void {
    this.pump();
  }

  halt(): void {
    this.halted = true;
    this.ticker.stop();
  }

  get done(): boolean {
    const settled = this.traffic.inFlight === 0 && this.queueHead === this.queue.length;
    return settled && (this.halted || (this.exhausted && nowMs() >= this.plan.endMs));
  }

  abandon(): void {
    this.halt();
    const waiting = this.queue.slice(this.queueHead);
    this.queue = [];
    this.queueHead = 0;
    this.traffic.close();
    for (const exchange of waiting) this.traffic.lose(exchange);
  }

  private get exhausted(): boolean {
    return this.nextMs >= this.plan.endMs;
  }

  /** Starts everything that is due. */
  private pump(): void {
    if (this.halted) return;
    let now = nowMs();
    while (!this.exhausted && this.nextMs <= now) {
      this.dispatch(this.traffic.draw(this.nextMs), now);
      this.nextMs = this.plan.startMs + this.schedule.offsetMs(++this.index);
      now = nowMs();
    }
    if (this.exhausted || this.spinning || this.nextMs - now > this.nearMs) return;
    // The last fraction of a millisecond: turn the event loop rather than block it, so that answers are still read in time.
    this.spinning = true;
    setImmediate(() => {
      this.spinning = false;
      this.pump();
    });
  }

  private dispatch(exchange: Exchange, now: number): void {
    const connection = this.queueHead < this.queue.length ? null : this.freeConnection();
    if (connection === null) this.queue.push(exchange);
    else this.traffic.send(connection, exchange, now);
  }

  private freeConnection(): Connection | null {
    const connection = this.idle.pop();
    if (connection !== undefined) return connection;
    return this.traffic.connectionCount < this.traffic.maxConnections ? this.traffic.connection() : null;
  }

  private free(connection: Connection, now: number): void {
    const rest = connection.restUntilMs - now;
    if (rest > 0) {
      setTimeout(() => this.free(connection, nowMs()), rest);
      return;
    }
    const next = this.takeQueued();
    if (next === null) this.idle.push(connection);
    else this.traffic.send(connection, next, now);
  }

  private takeQueued(): Exchange | null {
    if (this.queueHead === this.queue.length) return null;
    const exchange = this.queue[this.queueHead++]!;
    if (this.queueHead > 1024 && this.queueHead * 2 > this.queue.length) {
      this.queue = this.queue.slice(this.queueHead);
      this.queueHead = 0;
    }
    return exchange;
  }
}
