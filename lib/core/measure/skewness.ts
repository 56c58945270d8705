/**
 * Skewness of what values were drawn from: the adjusted Fisher-Pearson coefficient
 * G₁ = √(n (n - 1)) / (n - 2) · m₃ / m₂^(3/2) (D. N. Joanes, C. A. Gill, "Comparing Measures of Sample Skewness and Kurtosis",
 * The Statistician 47 (1998)). A single value that is apart from n - 1 alike has √n, and none more.
 */

/** @returns 0 where there is none to tell: fewer than three values, or all alike. */
export function skewness(values: readonly number[]): number {
  const n = values.length;
  if (n < 3) return 0;
  const mean = values.reduce((sum, v) => sum + v, 0) / n;
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n;
  if (squares === 0) return 0;
  const cubes = values.reduce((sum, v) => sum + (v - mean) ** 3, 0) / n;
  return ((Math.sqrt(n * (n - 1)) / (n - 2)) * cubes) / squares ** 1.5;
}
