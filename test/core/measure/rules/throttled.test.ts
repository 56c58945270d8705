import { describe, expect, it } from 'vitest';
import type { SegmentResult } from '../../../../lib/core/load/job.ts';
import { throttled } from '../../../../lib/core/measure/rules/throttled.ts';
import { evidenceOf } from '../../../support/evidence.ts';
import { countersOf, flat, segmentOf } from '../../../support/measurements.ts';

// cpu.stat as Linux documents it: nr_periods and nr_throttled count enforcement intervals of 100 ms by default.
describe('a processor quota', () => {
  const windowOf = (periods: number, held: number, o: { pid?: number } = {}) =>
    segmentOf({
      server: {
        before: countersOf({ cpuPeriods: { count: 50, throttled: 5 } }),
        after: countersOf({ cpuPeriods: { count: 50 + periods, throttled: 5 + held }, ...o }),
      },
    });

  it.each([
    ['nearly always', [[windowOf(15, 14)]], '93 %'],
    ['just over the limit', [[windowOf(100, 26)]], '26 %'],
    ['over all windows', [[windowOf(8, 0)], [windowOf(8, 8)]], '50 %'],
  ])('held the server back: %s', (_, stairs, words) => {
    expect(throttled(evidenceOf(stairs))).toMatchObject({ code: 'throttled', detail: expect.stringContaining(words) });
  });

  it.each([
    ['was never used up', [[windowOf(100, 0)]]],
    ['was used up now and then', [[windowOf(100, 25)]]],
    ['was in force for a moment', [[windowOf(9, 9)]]],
    ['is another worker’s', [[windowOf(100, 100, { pid: 43 })]]],
    ['is not there', [[segmentOf()]]],
  ])('is no finding where it %s', (_, stairs) => {
    expect(throttled(evidenceOf(stairs))).toBeNull();
  });
});

describe('a limit on the rate of requests', () => {
  /** Of 300 requests, `count` were refused with 429 and the others took `ms`. */
  const windowOf = (count: number, ms: number, o: Partial<SegmentResult> = {}) =>
    segmentOf({
      good: 300 - count,
      errors: { 'http-4xx': count },
      latency: flat(ms, 300 - count, count),
      serviceTime: flat(ms, 300 - count, count),
      ...(count > 0 ? { throttled: count } : {}),
      ...o,
    });
  const used = (cores: number) => ({
    server: { before: countersOf(), after: countersOf({ cpuSeconds: cores * 1.5 }) },
  });
  const calm = windowOf(0, 10);

  it.each([
    ['while answers took no longer', [[calm], [windowOf(200, 10)]]],
    ['while answers took twice as long', [[calm], [windowOf(200, 19.9)]]],
    ['at the lowest load already', [[windowOf(200, 10)]]],
    ['of everything', [[calm], [windowOf(300, 10)]]],
    ['beside an idle server', [[calm], [windowOf(200, 10, used(0.5))]]],
  ])('refused requests %s', (_, stairs) => {
    const found = throttled(evidenceOf(stairs));
    expect(found).toMatchObject({
      code: 'throttled',
      detail: expect.stringMatching(/\d+ of 300 requests were refused/),
    });
  });

  it.each([
    ['the server has its processor full', [[calm], [windowOf(200, 10, used(0.95))]]],
    ['a full queue makes the others wait', [[calm], [windowOf(200, 21)]]],
    [
      'a few were refused, as the objective allows',
      [
        [calm, calm, calm, calm],
        [windowOf(1, 10), calm, calm, calm],
      ],
    ],
    ['requests were wrong in another way', [[calm], [windowOf(200, 10, { throttled: undefined })]]],
  ])('is no finding where %s', (_, stairs) => {
    expect(throttled(evidenceOf(stairs))).toBeNull();
  });
});
