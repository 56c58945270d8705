import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../../lib/core/spec/duration.ts';

describe('parseDuration', () => {
  it.each([
    ['500ms', 0.5],
    ['20s', 20],
    ['2m', 120],
    ['1h', 3600],
    ['0s', 0],
    ['0.1m', 6],
    ['1.5s', 1.5],
  ])('%s is %d seconds', (text, seconds) => expect(parseDuration(text)).toBe(seconds));

  it.each(['', '20', 's', '20 s', '-1s', '1e3s', '1.s', '.5s', '2d', '20S', '1m30s', '٣s', '9999999999s', 'NaNs'])(
    '"%s" is none',
    (text) => expect(parseDuration(text)).toBeNull(),
  );

  it('keeps the order of durations of one unit', () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.nat(1e6), fc.constantFrom('ms', 's', 'm', 'h'), (a, b, unit) => {
        expect(Math.sign(parseDuration(`${a}${unit}`)! - parseDuration(`${b}${unit}`)!)).toBe(Math.sign(a - b));
      }),
    );
  });
});
