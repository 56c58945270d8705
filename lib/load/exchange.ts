/** One request on its way and what became of it. */
import type { ErrorClass } from '../core/load/job.ts';

export type Outcome = 'ok' | ErrorClass;

export interface Exchange {
  /** Counts from 1 through the whole job; the id in the header `x-infersweep-request`. */
  readonly number: number;
  /** Index into the endpoint's bodies. */
  readonly variant: number;
  /** When it was meant to be sent, on the monotonic clock. */
  readonly intendedMs: number;
  /** When it was first written; NaN until then. */
  sentMs: number;
  /** When the first bytes of an answer came that did not come in one piece; else NaN. */
  firstMs: number;
  /** When its answer was complete; NaN where none was. */
  doneMs: number;
  outcome: Outcome | null;
  /** Already resent once because an old keep-alive socket turned out to be closed. */
  retried: boolean;
  /** Refused for its rate, and not for what it is. */
  throttled: boolean;
  /** Where its answer is kept to be looked at; null for most. */
  answer: KeptAnswer | null;
}

/** A body set aside. */
export interface KeptAnswer {
  /** Of the answer; 0 until it is whole. */
  status: number;
  pieces: Buffer[];
  bytes: number;
  /** Beyond this all but its first piece is let go, and it is not checked. */
  limitBytes: number;
  /** See `ResponseHead.inferenceHeaderLength`. */
  inferenceHeaderLength: number;
}

/** The id as it stands in the header and in the log. */
export function requestId(number: number): string {
  return String(number).padStart(12, '0');
}

/** Appends a copy of `piece`: socket buffers are reused for the next read. */
export function keepPiece(answer: KeptAnswer, piece: Buffer): void {
  answer.bytes += piece.length;
  if (answer.bytes <= answer.limitBytes || answer.pieces.length === 0) answer.pieces.push(Buffer.from(piece));
  else answer.pieces.length = 1;
}
