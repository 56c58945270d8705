/** The argument at which an increasing function reaches `target`, between two bounds. */
export function bisect(f: (x: number) => number, target: number, low: number, high: number): number {
  let lo = low;
  let hi = high;
  // A double has 53 bits of mantissa: after 100 halvings nothing is left to halve.
  for (let i = 0; i < 100; i++) {
    const middle = (lo + hi) / 2;
    if (f(middle) < target) lo = middle;
    else hi = middle;
  }
  return (lo + hi) / 2;
}
