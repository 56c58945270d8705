/** A scale whose pixels are known before drawing, because labels are placed by them. */

export interface AxisScale {
  kind: 'linear' | 'log';
  domain: [number, number];
  ticks: number[];
  /** Position along the axis, 0 at the low end and 1 at the high one. */
  share: (value: number) => number;
}

/** Values that span more than this factor are drawn on a logarithmic axis, or the small ones would lie in one corner. */
const LOG_FACTOR = 12;
const TICKS = 6;

/** @param values positive; both ends get some air. */
export function axisScale(values: readonly number[]): AxisScale {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return low > 0 && high / low > LOG_FACTOR ? logScale(low / 1.25, high * 1.35) : linearScale(high * 1.12);
}

function linearScale(high: number): AxisScale {
  const step = niceStep(high / TICKS);
  const ticks = Array.from({ length: Math.floor(high / step) + 1 }, (_, i) => Number((i * step).toPrecision(12)));
  return { kind: 'linear', domain: [0, high], ticks, share: (v) => v / high };
}

function logScale(low: number, high: number): AxisScale {
  const span = Math.log(high / low);
  const decades = Math.log10(high / low);
  const digits = decades < 3.5 ? [1, 2, 5] : [1];
  const first = Math.floor(Math.log10(low));
  const ticks = Array.from({ length: Math.ceil(decades) + 2 }, (_, i) => first + i)
    .flatMap((exponent) => digits.map((d) => Number((d * 10 ** exponent).toPrecision(12))))
    .filter((t) => t >= low && t <= high);
  return { kind: 'log', domain: [low, high], ticks, share: (v) => Math.log(v / low) / span };
}

/** 1, 2 or 5 times a power of ten, at least as large as asked. */
function niceStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5, 10].find((f) => f * power >= raw * (1 - 1e-9)) ?? 10;
  return factor * power;
}
