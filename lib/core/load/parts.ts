/**
 * A load whose rate changes, cut into parts that are each judged as a rate of their own: the steps of a step, equal lengths of
 * a ramp, one interval of a trace or several.
 */
import { RateCurve } from './rate-curve.ts';
import { type OpenShape, type Shape, shapeSeconds } from './shape.ts';

export type VariedShape = Extract<Shape, { kind: 'ramp' | 'step' | 'trace' }>;

export interface Part {
  /** `step-1` and so on, in the order of time. */
  id: string;
  startSeconds: number;
  seconds: number;
  /** What is sent during it, counted from its own start; null where nothing is. */
  shape: OpenShape | null;
  /** Mean of its rate. */
  ratePerSecond: number;
}

/** Below it a part has too few whole seconds for batch means of its rate. */
const SHORTEST_SECONDS = 10;
const RAMP_PARTS = 10;
/** Each part carries histograms of its own: as many as a list of stairs may have. */
const MOST_PARTS = 100;

export function isVaried(shape: Shape): shape is VariedShape {
  return shape.kind === 'ramp' || shape.kind === 'step' || shape.kind === 'trace';
}

/** Contiguous, and together the whole shape; none where the rate does not change. */
export function partsOf(shape: Shape): Part[] {
  if (!isVaried(shape)) return [];
  let startSeconds = 0;
  return slicesOf(shape).map((slice, i) => {
    const part = partOf(slice, `${shape.kind}-${i + 1}`, startSeconds);
    startSeconds += part.seconds;
    return part;
  });
}

/** Requests that a load sends on average in its own length. */
export function expectedRequests(shape: VariedShape): number {
  return new RateCurve(shape).expected(shapeSeconds(shape)! * 1000);
}

interface Slice {
  seconds: number;
  shape: OpenShape | null;
}

function partOf({ seconds, shape }: Slice, id: string, startSeconds: number): Part {
  const ratePerSecond = shape === null ? 0 : new RateCurve(shape).expected(seconds * 1000) / seconds;
  return { id, startSeconds, seconds, shape, ratePerSecond };
}

function slicesOf(shape: VariedShape): Slice[] {
  switch (shape.kind) {
    case 'step': {
      const { arrivals, startPerSecond, addPerSecond, steps, stepSeconds } = shape;
      return Array.from({ length: steps }, (_, i) => ({
        seconds: stepSeconds,
        shape: { kind: arrivals, ratePerSecond: startPerSecond + i * addPerSecond },
      }));
    }
    case 'ramp': {
      const { fromPerSecond, toPerSecond, rampSeconds } = shape;
      const count = Math.min(RAMP_PARTS, Math.max(1, Math.floor(rampSeconds / SHORTEST_SECONDS)));
      // In this form the ends come out exact, and none below 0.
      const at = (i: number) => fromPerSecond * (1 - i / count) + toPerSecond * (i / count);
      return Array.from({ length: count }, (_, i) => ({
        seconds: rampSeconds / count,
        shape: { ...shape, fromPerSecond: at(i), toPerSecond: at(i + 1), rampSeconds: rampSeconds / count },
      }));
    }
    case 'trace': {
      const { arrivals, ratesPerSecond: rates, intervalSeconds } = shape;
      const together = Math.max(Math.ceil(rates.length / MOST_PARTS), Math.ceil(SHORTEST_SECONDS / intervalSeconds));
      const count = Math.max(1, Math.floor(rates.length / together));
      const cut = (i: number) => Math.round((i * rates.length) / count);
      return Array.from({ length: count }, (_, i) => {
        const own = rates.slice(cut(i), cut(i + 1));
        const seconds = own.length * intervalSeconds;
        if (own.every((rate) => rate === 0)) return { seconds, shape: null };
        const [only, ...others] = own as [number, ...number[]];
        return others.every((rate) => rate === only)
          ? { seconds, shape: { kind: arrivals, ratePerSecond: only } }
          : { seconds, shape: { ...shape, ratesPerSecond: own } };
      });
    }
  }
}
