/**
 * The argument at which an increasing function reaches `target`, between two bounds.
 * @param halvings how often the bounds are drawn together. @default 100: a double has 53 bits of mantissa, nothing is left to halve
 */
export function bisect(f: (x: number) => number, target: number, low: number, high: number, halvings = 100): number {
  let lo = low;
  let hi = high;
  for (let i = 0; i < halvings; i++) {
    const middle = (lo + hi) / 2;
    if (f(middle) < target) lo = middle;
    else hi = middle;
  }
  return (lo + hi) / 2;
}
