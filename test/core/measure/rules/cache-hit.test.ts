import { describe, expect, it } from 'vitest';
import { cacheHit } from '../../../../lib/core/measure/rules/cache-hit.ts';
import { evidenceOf } from '../../../support/evidence.ts';
import { countersOf, segmentOf } from '../../../support/measurements.ts';

const windowOf = (successCount: number, computedCount?: number, pid = 42) =>
  segmentOf({
    server: {
      before: countersOf({ successCount: 100, ...(computedCount === undefined ? {} : { computedCount: 100 }) }),
      after: countersOf({
        successCount: 100 + successCount,
        ...(computedCount === undefined ? {} : { computedCount: 100 + computedCount }),
        pid,
      }),
    },
  });

// Triton's statistics extension: `success` includes what the response cache answered, the compute counts do not.
describe('answers that were not computed', () => {
  it.each([
    ['most of them', [[windowOf(300, 8)]], '300 requests and computed 8'],
    ['just over the limit', [[windowOf(1000, 949)]], '1000 requests and computed 949'],
    ['over all windows together', [[windowOf(100, 100), windowOf(100, 0)]], '200 requests and computed 100'],
    ['also where only some windows tell', [[windowOf(900), windowOf(100, 0)]], '100 requests and computed 0'],
  ])('are found: %s', (_, stairs, words) => {
    expect(cacheHit(evidenceOf(stairs))).toMatchObject({ code: 'cache-hit', detail: expect.stringContaining(words) });
  });

  it.each([
    ['where all were', [[windowOf(300, 300)]]],
    ['at the limit', [[windowOf(1000, 950)]]],
    ['where failed ones were, too', [[windowOf(300, 310)]]],
    ['where nobody tells', [[windowOf(300)]]],
    ['where one worker of several answers', [[windowOf(300, 0, 43)]]],
    ['where nothing succeeded', [[windowOf(0, 0)]]],
  ])('are not found %s', (_, stairs) => {
    expect(cacheHit(evidenceOf(stairs))).toBeNull();
  });
});

describe('an input that comes again', () => {
  const probed = (...pairs: [number, number][]) =>
    cacheHit(evidenceOf([], { repeats: { pairs: pairs.map(([firstMs, againMs]) => ({ firstMs, againMs })) } }));
  const cached: [number, number] = [20, 0.5];

  it.each([
    ['each time', [cached, cached, cached, cached, cached]],
    ['all but once, when the host was busy', [cached, cached, [20, 19], cached, cached]],
    [
      'three times as quick',
      [
        [3, 1],
        [3, 1],
        [3, 1],
        [3, 1],
      ],
    ],
  ] as [string, [number, number][]][])('is answered out of a cache: %s', (_, pairs) => {
    expect(probed(...pairs)).toMatchObject({ code: 'cache-hit', detail: expect.stringContaining('sent again') });
  });

  it.each([
    [
      'is computed again',
      [
        [20, 20],
        [20, 19],
        [20, 21],
        [20, 20],
        [20, 20],
      ],
    ],
    ['is often quicker by chance', [cached, cached, [20, 19], [20, 19], cached]],
    [
      'is not quick enough',
      [
        [2.9, 1],
        [2.9, 1],
        [2.9, 1],
        [2.9, 1],
        [2.9, 1],
      ],
    ],
    [
      'takes less than jitter anyhow',
      [
        [0.9, 0.1],
        [0.9, 0.1],
        [0.9, 0.1],
        [0.9, 0.1],
      ],
    ],
    ['was seen too seldom', [cached, cached, cached]],
    ['was never seen', []],
  ] as [string, [number, number][]][])('is no cache where it %s', (_, pairs) => {
    expect(probed(...pairs)).toBeNull();
  });

  it('was not tried', () => expect(cacheHit(evidenceOf([[segmentOf()]]))).toBeNull());
});
