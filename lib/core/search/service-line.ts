/**
 * Time of one execution against the requests in it: a + b·n, by least squares of the relative errors (the form of Ernest,
 * S. Venkataraman et al., NSDI (2016), and of Clockwork, A. Gujarati et al., OSDI (2020): batch times are predictable).
 * Between timed sizes the line is bent half-way to what was measured.
 */
import { exp, ln } from './exact-math.ts';

export interface Timing {
  n: number;
  ms: number;
  /** Relative standard error. */
  spread: number;
}

export interface Line {
  a: number;
  b: number;
  /** Logarithms of measured over fitted, ascending by n. */
  bends: readonly { n: number; ln: number }[];
  /** Relative standard error, of the timings alone. */
  spread: number;
  /** Sizes that were timed. */
  sizes: readonly number[];
}

/** Share of a residual that is taken for shape and not for noise. */
const BEND = 0.5;

/** @param timings at least one, one for each n. A single one leaves the share of `a` open: `likeness` tells it. */
export function fitLine(timings: readonly Timing[], likeness: Line | null): Line {
  const spread = Math.sqrt(timings.reduce((sum, t) => sum + t.spread * t.spread, 0)) / timings.length;
  const sizes = timings.map((t) => t.n);
  if (timings.length === 1) {
    const { n, ms } = timings[0]!;
    // Without a likeness everything grows with n: the most that a smaller batch can hope for.
    if (likeness === null) return { a: 0, b: ms / n, bends: [], spread, sizes };
    const scale = ms / msAt(likeness, n);
    return { a: likeness.a * scale, b: likeness.b * scale, bends: likeness.bends, spread, sizes };
  }
  let [s11, s1n, snn, t1, tn] = [0, 0, 0, 0, 0];
  for (const { n, ms } of timings) {
    s11 += 1 / (ms * ms);
    s1n += n / (ms * ms);
    snn += (n * n) / (ms * ms);
    t1 += 1 / ms;
    tn += n / ms;
  }
  const determinant = s11 * snn - s1n * s1n;
  let a = (t1 * snn - tn * s1n) / determinant;
  let b = (tn * s11 - t1 * s1n) / determinant;
  if (!(a >= 0)) [a, b] = [0, tn / snn];
  if (!(b >= 0)) [a, b] = [t1 / s11, 0];
  const bends = [...timings].sort((x, y) => x.n - y.n).map(({ n, ms }) => ({ n, ln: BEND * ln(ms / (a + b * n)) }));
  return { a, b, bends: timings.length > 2 ? bends : [], spread, sizes };
}

export function msAt({ a, b, bends }: Line, n: number): number {
  const straight = a + b * n;
  if (bends.length === 0) return straight;
  const after = bends.findIndex((k) => k.n >= n);
  if (after === 0) return straight * exp(bends[0]!.ln);
  if (after < 0) return straight * exp(bends.at(-1)!.ln);
  const [k, l] = [bends[after - 1]!, bends[after]!];
  return straight * exp(k.ln + ((l.ln - k.ln) * (n - k.n)) / (l.n - k.n));
}

/** Logarithm of the timed size that is nearest by ratio, over n: how far its time is read off beyond what was timed. */
export function lnBeyond({ sizes }: Line, n: number): number {
  return sizes.map((size) => ln(size / n)).reduce((a, b) => (Math.abs(b) < Math.abs(a) ? b : a));
}

/** At index n; index 0 is not used. */
export function tableOf(line: Line, maxBatch: number): Float64Array {
  return Float64Array.from({ length: maxBatch + 1 }, (_, n) => msAt(line, Math.max(1, n)));
}
