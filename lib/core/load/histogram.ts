/**
 * Mergeable log-linear histogram of durations in milliseconds.
 *
 * A positive float's exponent picks the octave and its top `mantissaBits` bits the slot inside it, so a slot is at most
 * 2^-7 = 0.78 % wide wherever it lies; merging is vector addition. Failures and timeouts are counted in `overflow`, above
 * every finite value, so they raise percentiles instead of vanishing from them.
 */
import * as z from 'zod';

const MANTISSA_BITS = 7;
/** Octaves from 2^-10 ms (about 1 us) to 2^22 ms (about 70 minutes). */
const MIN_EXPONENT = -10;
const OCTAVES = 32;
const SLOTS = OCTAVES << MANTISSA_BITS;

export const encodedHistogramSchema = z.strictObject({
  layout: z.literal('log-linear-7'),
  unit: z.literal('ms'),
  /** Ascending slot index, count, index, count, … */
  pairs: z.array(z.int().nonnegative()),
  /** Samples without a finite value: failures and timeouts. */
  overflow: z.int().nonnegative(),
  minMs: z.number().nullable(),
  maxMs: z.number().nullable(),
  sumMs: z.number(),
});
export type EncodedHistogram = z.infer<typeof encodedHistogramSchema>;

const scratch = new Float64Array(1);
const words = new Uint32Array(scratch.buffer);
/** Index of the word with sign and exponent; the other one only holds low mantissa bits. */
const HIGH = (() => {
  scratch[0] = 1;
  return words[1] === 0 ? 0 : 1;
})();

function slotOf(ms: number): number {
  scratch[0] = ms;
  const high = words[HIGH]!;
  const exponent = ((high >>> 20) & 0x7ff) - 1023;
  if (exponent < MIN_EXPONENT) return 0;
  if (exponent >= MIN_EXPONENT + OCTAVES) return SLOTS - 1;
  return ((exponent - MIN_EXPONENT) << MANTISSA_BITS) | ((high >>> (20 - MANTISSA_BITS)) & ((1 << MANTISSA_BITS) - 1));
}

/** Milliseconds at a place within a slot: 0 its lower edge, 1 its upper. */
function within(slot: number, place: number): number {
  const octave = 2 ** (MIN_EXPONENT + (slot >>> MANTISSA_BITS));
  const fraction = ((slot & ((1 << MANTISSA_BITS) - 1)) + place) / (1 << MANTISSA_BITS);
  return octave * (1 + fraction);
}

export class Histogram {
  private readonly counts = new Float64Array(SLOTS);
  private finite = 0;
  private sum = 0;
  private min = Number.POSITIVE_INFINITY;
  private max = 0;
  overflow = 0;

  /** Adds one duration of `ms` >= 0; a value that is not finite counts as overflow. */
  record(ms: number): void {
    if (!Number.isFinite(ms)) {
      this.overflow++;
      return;
    }
    const value = Math.max(0, ms);
    this.counts[slotOf(value)]!++;
    this.finite++;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  /** Samples in all, overflow included. */
  get count(): number {
    return this.finite + this.overflow;
  }

  /** Mean of the finite samples; null when there are none. */
  get meanMs(): number | null {
    return this.finite === 0 ? null : this.sum / this.finite;
  }

  /** Largest finite sample; null when there is none or when a failure lies above it. */
  get maxMs(): number | null {
    return this.finite === 0 || this.overflow > 0 ? null : this.max;
  }

  /**
   * Value of the k-th smallest sample, k from 1, to half a slot; null when that sample is a failure.
   * @throws RangeError when k is not a rank of this histogram.
   */
  atRank(k: number): number | null {
    return this.rankedAt(k, 0.5);
  }

  /** No more than the k-th smallest sample: what a lower limit may claim. */
  floorAtRank(k: number): number | null {
    return this.rankedAt(k, 0);
  }

  /** No less than the k-th smallest sample: what an upper limit must admit. */
  ceilingAtRank(k: number): number | null {
    return this.rankedAt(k, 1);
  }

  private rankedAt(k: number, place: number): number | null {
    if (!(k >= 1 && k <= this.count)) throw new RangeError(`rank ${k} of ${this.count} samples`);
    if (k > this.finite) return null;
    let slot = 0;
    for (let seen = this.counts[0]!; seen < k && slot < SLOTS - 1; seen += this.counts[slot]!) slot++;
    // The outermost slots also take what lies beyond them.
    if (slot === 0 && place === 0) return this.min;
    if (slot === SLOTS - 1 && place === 1) return this.max;
    return Math.min(this.max, Math.max(this.min, within(slot, place)));
  }

  /** The nearest-rank percentile (rank ceil(p/100 * n)); null when empty or when the rank is a failure. */
  percentile(p: number): number | null {
    if (this.count === 0) return null;
    return this.atRank(Math.max(1, Math.ceil((p / 100) * this.count - 1e-9)));
  }

  /** Adds all samples of `other` to this histogram. */
  merge(other: Histogram): this {
    for (let slot = 0; slot < SLOTS; slot++) this.counts[slot]! += other.counts[slot]!;
    this.finite += other.finite;
    this.sum += other.sum;
    this.overflow += other.overflow;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
    return this;
  }

  encode(): EncodedHistogram {
    const pairs: number[] = [];
    for (let slot = 0; slot < SLOTS; slot++) if (this.counts[slot]! > 0) pairs.push(slot, this.counts[slot]!);
    return {
      layout: 'log-linear-7',
      unit: 'ms',
      pairs,
      overflow: this.overflow,
      minMs: this.finite === 0 ? null : this.min,
      maxMs: this.finite === 0 ? null : this.max,
      sumMs: this.sum,
    };
  }

  /** @throws RangeError when the pairs are not ascending slots with counts. */
  static decode(encoded: EncodedHistogram): Histogram {
    const h = new Histogram();
    let last = -1;
    for (let i = 0; i < encoded.pairs.length; i += 2) {
      const slot = encoded.pairs[i]!;
      const count = encoded.pairs[i + 1];
      if (count === undefined || slot <= last || slot >= SLOTS)
        throw new RangeError(`histogram pair ${i / 2} is broken`);
      h.counts[slot] = count;
      h.finite += count;
      last = slot;
    }
    h.overflow = encoded.overflow;
    h.sum = encoded.sumMs;
    h.min = encoded.minMs ?? Number.POSITIVE_INFINITY;
    h.max = encoded.maxMs ?? 0;
    return h;
  }
}

/** One histogram of all samples of several encoded ones. */
export function mergeHistograms(parts: readonly EncodedHistogram[]): Histogram {
  return parts.reduce((all, part) => all.merge(Histogram.decode(part)), new Histogram());
}
