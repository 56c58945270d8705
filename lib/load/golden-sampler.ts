/**
 * Checks that a server under load still answers right. Answers are set aside while measuring and compared afterwards, so that
 * the check costs the measurement one copy for each sample and nothing else.
 */
import type { Endpoint } from '../core/load/job.ts';
import { type Refusal, refusalOf } from '../core/load/refusal.ts';
import { uniform } from '../core/load/seeded-random.ts';
import { firstMismatch } from '../core/measure/golden.ts';
import { type Exchange, type KeptAnswer, requestId } from './exchange.ts';
import { decodeOutputs } from './kserve-outputs.ts';

const SAMPLES = 16;
const SAMPLE_BYTES = 1 << 20;
/** Largest answer that is checked when every answer is: one at a time is in memory. */
const EVERY_BYTES = 256 << 20;
/** More of a refusal than is told of it, for blanks and the like are left out. */
const REFUSAL_BYTES = 4096;

export interface GoldenResult {
  checked: number;
  wrong: number;
  firstMismatch: string | null;
}

/**
 * `every` checks all answers as they come, and keeps what the first refusal said; else one request in each of 16 equal parts of
 * the window is checked, at a seeded moment.
 */
export class GoldenSampler {
  readonly result: GoldenResult = { checked: 0, wrong: 0, firstMismatch: null };
  refusal: Refusal | null = null;
  private readonly endpoint: Endpoint;
  private readonly every: boolean;
  /** Ascending moments on the monotonic clock; the next request sent after one is sampled. */
  private readonly moments: number[];
  private nextMoment = 0;
  private readonly kept: Exchange[] = [];
  private bytesLeft = SAMPLE_BYTES;

  constructor(endpoint: Endpoint, seed: number, fromMs: number, toMs: number, every: boolean) {
    this.endpoint = endpoint;
    this.every = every;
    const part = (toMs - fromMs) / SAMPLES;
    this.moments = every ? [] : Array.from({ length: SAMPLES }, (_, i) => fromMs + (i + uniform(seed, i)) * part);
  }

  /** Where to keep the answer of a request intended for `intendedMs`; null when it is not sampled. */
  choose(variant: number, intendedMs: number): KeptAnswer | null {
    if (!this.every && !(intendedMs >= this.moments[this.nextMoment]!)) return null;
    const isGolden = this.endpoint.bodies[variant]!.expected !== null;
    if (!isGolden && !this.every) return null;
    const limitBytes = this.every ? (isGolden ? EVERY_BYTES : REFUSAL_BYTES) : this.bytesLeft;
    if (limitBytes <= 0) return null;
    while (this.moments[this.nextMoment]! <= intendedMs) this.nextMoment++;
    return { status: 0, pieces: [], bytes: 0, limitBytes, inferenceHeaderLength: -1 };
  }

  /** Takes a settled exchange; true when it was compared at once and found wrong. */
  settled(exchange: Exchange): boolean {
    if (exchange.answer === null) return false;
    if (exchange.outcome !== 'ok') {
      if (this.every) this.hearRefusal(exchange.answer);
      exchange.answer = null;
      return false;
    }
    if (this.every) return this.isWrong(exchange);
    this.bytesLeft -= Math.min(exchange.answer.bytes, exchange.answer.limitBytes);
    this.kept.push(exchange);
    return false;
  }

  /** Compares what was set aside and returns the wrong ones. */
  compareKept(): Exchange[] {
    return this.kept.splice(0).filter((exchange) => this.isWrong(exchange));
  }

  /** An answer that broke off has no status, and is none. */
  private hearRefusal({ status, pieces }: KeptAnswer): void {
    if (status === 0 || this.refusal !== null) return;
    this.refusal = refusalOf(status, Buffer.concat(pieces).toString('utf8', 0, REFUSAL_BYTES));
  }

  private isWrong(exchange: Exchange): boolean {
    const { answer, variant } = exchange;
    exchange.answer = null;
    const body = this.endpoint.bodies[variant]!;
    if (answer === null || body.expected === null || answer.bytes > answer.limitBytes) return false;
    this.result.checked++;
    let mismatch: string | null;
    try {
      mismatch = firstMismatch(body.expected, decodeOutputs(answer), this.endpoint.tolerance);
    } catch (error) {
      mismatch = (error as Error).message;
    }
    if (mismatch === null) return false;
    this.result.wrong++;
    this.result.firstMismatch ??= `body ${body.id}, request ${requestId(exchange.number)}: ${mismatch}`;
    return true;
  }
}
