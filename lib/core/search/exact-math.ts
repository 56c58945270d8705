/**
 * Logarithm and exponential from the four operations alone, which IEEE 754 rounds alike everywhere: `Math.log` and `Math.exp`
 * may differ in their last bit between engines, and a proposal must not.
 * ln m = 2 artanh((m-1)/(m+1)), Abramowitz & Stegun 4.1.27; e^r by its Taylor series, 4.2.1.
 */
const LN2 = Math.LN2;
const LN2_SMALL = 2.3190468138462996e-17;

/** @param x positive and finite. */
export function ln(x: number): number {
  let m = x;
  let twos = 0;
  for (; m > Math.SQRT2; m /= 2) twos++;
  for (; m < Math.SQRT1_2; m *= 2) twos--;
  const z = (m - 1) / (m + 1);
  const square = z * z;
  let term = z;
  let sum = 0;
  for (let k = 1; k < 26; k += 2, term *= square) sum += term / k;
  return 2 * sum + twos * LN2_SMALL + twos * LN2;
}

export function exp(x: number): number {
  const twos = Math.floor(x / LN2 + 0.5);
  const rest = x - twos * LN2 - twos * LN2_SMALL;
  let term = 1;
  let sum = 1;
  for (let k = 1; k < 20; k++) {
    term *= rest / k;
    sum += term;
  }
  for (let k = twos; k > 0; k--) sum *= 2;
  for (let k = twos; k < 0; k++) sum /= 2;
  return sum;
}
