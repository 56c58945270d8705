/** A rate over time, its integral and the inverse of it: what turns evenly or randomly spaced counts into moments. */
import type { OpenShape } from './shape.ts';

interface Piece {
  startMs: number;
  endMs: number;
  fromPerSecond: number;
  toPerSecond: number;
}

function piecesOf(shape: OpenShape): Piece[] {
  const held = (startMs: number, rate: number, endMs = Number.POSITIVE_INFINITY): Piece => {
    return { startMs, endMs, fromPerSecond: rate, toPerSecond: rate };
  };
  switch (shape.kind) {
    case 'constant':
    case 'poisson':
      return [held(0, shape.ratePerSecond)];
    case 'ramp': {
      const { fromPerSecond, toPerSecond } = shape;
      const endMs = shape.rampSeconds * 1000;
      return [{ startMs: 0, endMs, fromPerSecond, toPerSecond }, held(endMs, toPerSecond)];
    }
    case 'step': {
      const ms = shape.stepSeconds * 1000;
      return Array.from({ length: shape.steps }, (_, i) => {
        const rate = shape.startPerSecond + i * shape.addPerSecond;
        return held(i * ms, rate, i === shape.steps - 1 ? undefined : (i + 1) * ms);
      });
    }
    case 'trace': {
      const ms = shape.intervalSeconds * 1000;
      return shape.ratesPerSecond.map((rate, i) => held(i * ms, rate, (i + 1) * ms));
    }
  }
}

/** Requests of a piece in its first `ms`. */
function within({ startMs, endMs, fromPerSecond, toPerSecond }: Piece, ms: number): number {
  if (ms <= 0) return 0;
  if (fromPerSecond === toPerSecond) return fromPerSecond === 0 ? 0 : (fromPerSecond * ms) / 1000;
  const slope = (toPerSecond - fromPerSecond) / (endMs - startMs);
  return ((fromPerSecond + (slope * ms) / 2) * ms) / 1000;
}

export class RateCurve {
  private readonly pieces: Piece[];
  /** Requests before each piece, and after the last. */
  private readonly before: number[] = [0];
  private cursor = 0;

  constructor(shape: OpenShape) {
    this.pieces = piecesOf(shape);
    for (const piece of this.pieces) {
      this.before.push(this.before.at(-1)! + within(piece, piece.endMs - piece.startMs));
    }
  }

  get peakPerSecond(): number {
    return this.pieces.reduce((most, p) => Math.max(most, p.fromPerSecond, p.toPerSecond), 0);
  }

  /** Requests expected in [0, ms). */
  expected(ms: number): number {
    return this.pieces.reduce((sum, p) => sum + within(p, Math.min(ms, p.endMs) - p.startMs), 0);
  }

  /** When the expectation passes `count` >= 0; a stretch without requests is skipped, and Infinity means never. */
  momentOf(count: number): number {
    const { pieces, before } = this;
    let at = this.cursor;
    while (at > 0 && before[at]! > count) at--;
    while (at < pieces.length && before[at + 1]! <= count) at++;
    if (at === pieces.length) return Number.POSITIVE_INFINITY;
    this.cursor = at;
    const { startMs, endMs, fromPerSecond, toPerSecond } = pieces[at]!;
    const left = count - before[at]!;
    if (fromPerSecond === toPerSecond) return startMs + (left * 1000) / fromPerSecond;
    // left = from t + slope t^2 / 2 with t in seconds, in the form that divides by no small difference.
    const slope = (toPerSecond - fromPerSecond) / ((endMs - startMs) / 1000);
    const root = Math.sqrt(Math.max(0, fromPerSecond * fromPerSecond + 2 * slope * left));
    const ms = left === 0 ? 0 : (2 * left * 1000) / (fromPerSecond + root);
    return Math.min(endMs, startMs + ms);
  }
}
