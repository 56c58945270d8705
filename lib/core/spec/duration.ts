/** Durations as users write them: a number and its unit, e.g. `500ms`, `20s`, `2m`, `1h`. */
const secondsOf = { ms: 0.001, s: 1, m: 60, h: 3600 } as const;

export const DURATION_PATTERN = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h)$/;
export const DURATION_HINT = 'a number with a unit, such as 500ms, 20s, 2m or 1h';

/** Seconds, or null when the text is no duration. */
export function parseDuration(text: string): number | null {
  const match = DURATION_PATTERN.exec(text);
  if (!match) return null;
  // Through a whole number of microseconds, so that 0.1 × 60 does not come out as 6.000000000000001.
  return Math.round(Number(match[1]) * secondsOf[match[2] as keyof typeof secondsOf] * 1e6) / 1e6;
}
