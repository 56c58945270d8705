/** Tells a dead server from one that only fails now and then. */
import type { Outcome } from './exchange.ts';

export interface BreakerLimits {
  /** No good answer for this long, … */
  quietMs: number;
  /** … and so many failures to connect or to keep the connection since the last answer of any kind. */
  failures: number;
}

export const PATIENT: BreakerLimits = { quietMs: 3000, failures: 20 };
/** For an endpoint that has died before: one look whether it is back. */
export const PROBE: BreakerLimits = { quietMs: 200, failures: 3 };

export class CircuitBreaker {
  private limits: BreakerLimits;
  private lastGoodMs: number;
  private failures = 0;

  /** @param startMs from when on the silence counts */
  constructor(limits: BreakerLimits, startMs: number) {
    this.limits = limits;
    this.lastGoodMs = startMs;
  }

  settled(outcome: Outcome, now: number): void {
    if (outcome === 'connect' || outcome === 'reset') {
      this.failures++;
      return;
    }
    this.failures = 0;
    if (outcome !== 'ok') return;
    this.lastGoodMs = now;
    this.limits = PATIENT;
  }

  tripped(now: number): boolean {
    return this.failures >= this.limits.failures && now - this.lastGoodMs >= this.limits.quietMs;
  }
}
