/** Does an answer carry the golden outputs? Pure comparison of named tensors within a tolerance. */
import type { Tensor, Tolerance } from '../load/job.ts';

/** An output as a server gave it; `data` flat and row-major, null where JSON had no number (NaN, infinity). */
export interface ActualTensor {
  name: string;
  shape: readonly number[];
  data: readonly (number | boolean | string | null)[];
}

/**
 * The first difference in words, or null when every expected output is there with its shape and values. Outputs that nobody
 * expects are ignored, as are datatypes: a half-precision server answers an fp32 golden output, the tolerance says how well.
 */
export function firstMismatch(
  expected: readonly Tensor[],
  actual: readonly ActualTensor[],
  tolerance: Tolerance,
): string | null {
  for (const tensor of expected) {
    const found = actual.find((a) => a.name === tensor.name);
    if (found === undefined) return `output ${tensor.name} is missing`;
    const difference = tensorMismatch(tensor, found, tolerance);
    if (difference !== null) return `output ${tensor.name}: ${difference}`;
  }
  return null;
}

function tensorMismatch(expected: Tensor, actual: ActualTensor, tolerance: Tolerance): string | null {
  const sameShape =
    expected.shape.length === actual.shape.length && expected.shape.every((size, i) => size === actual.shape[i]);
  if (!sameShape) return `shape [${actual.shape.join(', ')}] instead of [${expected.shape.join(', ')}]`;
  if (expected.data.length !== actual.data.length) {
    return `${actual.data.length} values instead of ${expected.data.length}`;
  }
  for (let i = 0; i < expected.data.length; i++) {
    if (!close(expected.data[i]!, actual.data[i], tolerance)) {
      return `value ${i} is ${JSON.stringify(actual.data[i])} instead of ${JSON.stringify(expected.data[i])}`;
    }
  }
  if (tolerance.cosine === undefined) return null;
  const cosine = cosineSimilarity(expected.data, actual.data);
  if (cosine === null || cosine >= tolerance.cosine) return null;
  return `cosine similarity ${cosine.toFixed(6)} is below ${tolerance.cosine}`;
}

function close(expected: number | boolean | string, actual: unknown, { atol, rtol }: Tolerance): boolean {
  if (typeof expected !== 'number') return actual === expected;
  if (typeof actual !== 'number' || !Number.isFinite(actual)) return false;
  return Math.abs(actual - expected) <= atol + rtol * Math.abs(expected);
}

/** Null when a value is not a number; two zero vectors are alike, a zero and another one are not. */
function cosineSimilarity(a: readonly unknown[], b: readonly unknown[]): number | null {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i];
    const y = b[i];
    if (typeof x !== 'number' || typeof y !== 'number') return null;
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  if (aa === 0 && bb === 0) return 1;
  return aa === 0 || bb === 0 ? 0 : dot / (Math.sqrt(aa) * Math.sqrt(bb));
}
