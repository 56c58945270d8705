import { expect, test } from 'vitest';
import type { Exchange } from '../../lib/load/exchange.ts';
import { Tally } from '../../lib/load/tally.ts';

const window = () => ({ startMs: 1000, fromMs: 2000, toMs: 11_000 });
const exchange = (change: Partial<Exchange>): Exchange => ({
  number: 1,
  variant: 0,
  intendedMs: 3000,
  sentMs: 3001,
  firstMs: Number.NaN,
  doneMs: 3010,
  outcome: 'ok',
  retried: false,
  throttled: false,
  answer: null,
  ...change,
});

test('latencies of many seconds keep their size', () => {
  const tally = new Tally(window(), false);
  for (const ms of [5_500, 40_000, 3_000_000]) {
    const slow = exchange({ doneMs: 3000 + ms });
    tally.settle(slow, slow.doneMs);
    expect(tally.latency.maxMs).toBe(ms);
    expect(Math.abs(tally.latency.percentile(100)! / ms - 1)).toBeLessThan(0.008);
    expect(tally.serviceTime.maxMs).toBe(ms - 1);
  }
  expect(tally.scheduleError.maxMs).toBe(1);
});

test('population by intended time, throughput by arrival, rows and log over everything', () => {
  const tally = new Tally(window(), true);
  const settle = (number: number, intendedMs: number, doneMs: number) =>
    tally.settle(exchange({ number, intendedMs, sentMs: intendedMs, doneMs }), doneMs);
  settle(2, 1999.9, 2500); // intended in the head, arrived in the window
  settle(1, 2000, 2001);
  settle(3, 10_999, 11_000); // intended in the window, arrived behind it
  settle(4, 1000, 1500);
  expect([tally.requests, tally.good, tally.completedInWindow]).toEqual([2, 2, 2]);
  expect(tally.seconds.map((row) => row.good)).toEqual([1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  expect(tally.log()!.map((row) => row.id)).toEqual([1, 2, 3, 4].map((n) => `00000000000${n}`));
});

test('failures lie in the overflow; what was never sent has no schedule error', () => {
  const tally = new Tally(window(), true);
  tally.settle(exchange({ outcome: 'timeout', doneMs: Number.NaN }), 4000);
  tally.settle(exchange({ outcome: 'lost', doneMs: Number.NaN, sentMs: Number.NaN }), 4000);
  expect(tally.errors).toEqual({ timeout: 1, lost: 1 });
  expect([tally.latency.overflow, tally.serviceTime.overflow, tally.scheduleError.count]).toEqual([2, 1, 1]);
  expect(tally.log()!.map(({ sentMs, doneMs, outcome }) => ({ sentMs, doneMs, outcome }))).toEqual([
    { sentMs: 3001, doneMs: null, outcome: 'timeout' },
    { sentMs: null, doneMs: null, outcome: 'lost' },
  ]);
});

test('a good answer found wrong later moves, and is no longer throughput', () => {
  const tally = new Tally(window(), true);
  const wrong = exchange({});
  tally.settle(wrong, wrong.doneMs);
  tally.demote(wrong);
  expect([tally.requests, tally.good, tally.completedInWindow]).toEqual([1, 0, 0]);
  expect(tally.errors).toEqual({ 'wrong-output': 1 });
  expect(tally.seconds[2]).toEqual({ second: 2, good: 0, bad: 1, latencySumMs: 0 });
  expect(tally.log()![0]!.outcome).toBe('wrong-output');
});

test('parts count their own requests, wherever their answers fall', () => {
  const parts = [
    { startMs: 2000, fromMs: 2000, toMs: 5000 },
    { startMs: 5000, fromMs: 5000, toMs: 11_000 },
  ];
  const tally = new Tally(window(), false, parts);
  const settle = (intendedMs: number, doneMs: number) => {
    const one = exchange({ intendedMs, sentMs: intendedMs, doneMs });
    tally.settle(one, doneMs);
    return one;
  };
  settle(1500, 2500); // of the head: nobody's
  settle(2000, 2010);
  settle(4999, 6000); // of the first, answered in the second: a latency of the first, a rate of neither
  settle(5000, 5100);
  const wrong = settle(10_999, 10_999.5);
  settle(3000, 3500); // out of order
  tally.demote(wrong);
  const told = tally.parts.map((part) => part.counts());
  expect(told.map((p) => [p.durationS, p.requests, p.good, p.completedInWindow])).toEqual([
    [3, 3, 3, 2],
    [6, 2, 1, 1],
  ]);
  expect(told.map((p) => p.errors)).toEqual([{}, { 'wrong-output': 1 }]);
  expect(tally.parts.map((p) => p.latency.maxMs)).toEqual([1001, 100]);
  expect(told[1]!.seconds.map((row) => row.good)).toEqual([1, 0, 0, 0, 0, 0]);
  expect(tally.counts()).toMatchObject({ requests: 5, good: 4, errors: { 'wrong-output': 1 } });
});

test('the time of replies is that of good ones in the window that came in pieces', () => {
  const tally = new Tally(window(), false);
  for (const change of [
    { firstMs: 3004 },
    { firstMs: 3007 },
    {},
    { firstMs: 3004, outcome: 'timeout' as const, doneMs: Number.NaN },
    { firstMs: 3004, intendedMs: 1500 },
  ]) {
    tally.settle(exchange(change), 3010);
  }
  expect(tally.replyMs).toBe(6 + 3);
});
