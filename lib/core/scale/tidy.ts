/** Drops the dust of binary fractions (6 x 4.89 = 29.339999999999996) without touching a digit anyone measured or pays. */
export function tidy(value: number): number {
  return Number(value.toPrecision(12));
}
