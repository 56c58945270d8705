import { expect, it } from 'vitest';
import type { SegmentResult } from '../../../lib/core/load/job.ts';
import { repeatProbeOf } from '../../../lib/core/measure/repeat-probe.ts';

type Row = NonNullable<SegmentResult['log']>[number];
const row = (variant: number, sentMs: number | null, doneMs: number | null, outcome = 'ok'): Row => ({
  id: String(variant),
  variant,
  intendedMs: 0,
  sentMs,
  doneMs,
  outcome,
});

it('pairs each first sending with the second', () => {
  const log = [row(0, 100, 120), row(1, 120, 121), row(2, 130, 133), row(3, 133, 135)];
  expect(repeatProbeOf({ log })).toEqual({
    pairs: [
      { firstMs: 20, againMs: 1 },
      { firstMs: 3, againMs: 2 },
    ],
  });
});

it('leaves out what was not answered both times', () => {
  const log = [
    row(0, 1, 2),
    row(1, 2, null, 'timeout'),
    row(2, 3, 4, 'http-5xx'),
    row(3, 4, 5),
    row(5, 5, 6),
    row(6, 6, 7),
  ];
  expect(repeatProbeOf({ log })).toEqual({ pairs: [] });
});

it('knows nothing without a log', () => expect(repeatProbeOf({ log: null })).toBeNull());
