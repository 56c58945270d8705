import { describe, expect, it } from 'vitest';
import { keeps, type Queue, saturationRate } from '../../../lib/core/search/batching-queue.ts';
import { betrayedBy, capacity, lnSlowness } from '../../../lib/core/search/foretell.ts';
import { tableOf } from '../../../lib/core/search/service-line.ts';

function queueOf(o: Partial<Omit<Queue, 'serviceMs'>> = {}): Queue {
  const { instances = 1, maxBatch = 1, delayMs = 0 } = o;
  return {
    serviceMs: tableOf({ a: 8, b: 2, bends: [], spread: 0.02, sizes: [] }, maxBatch),
    instances,
    maxBatch,
    delayMs,
  };
}

describe('keeps', () => {
  it('is one execution where nobody else is there', () => {
    expect(keeps(queueOf(), 0.01, 1, 10.001, 99)).toBe(true);
    expect(keeps(queueOf(), 0.01, 1, 9.999, 99)).toBe(false);
  });

  it('waits for a batch that does not come', () => {
    const waiting = queueOf({ maxBatch: 8, delayMs: 5 });
    expect(keeps(waiting, 0.01, 1, 15.001, 99)).toBe(true);
    expect(keeps(waiting, 0.01, 1, 14.999, 99)).toBe(false);
  });

  it('waits as M/D/1 does', () => {
    // Tail C e^(-x t/D) with rho (e^x - 1) = x and C = (1 - rho) / (rho e^x - 1): for rho = 0.8 x = 0.4315, C = 0.863, so one in
    // ten waits longer than 5.0 services of 10 ms and is served in a sixth.
    expect(keeps(queueOf(), 80, 1, 60 * 1.12, 90)).toBe(true);
    expect(keeps(queueOf(), 80, 1, 60 / 1.12, 90)).toBe(false);
  });

  it('never keeps anything above saturation', () => {
    for (const maxBatch of [1, 4, 16]) {
      const queue = queueOf({ maxBatch, instances: 2 });
      expect(saturationRate(queue)).toBeCloseTo((2000 * maxBatch) / (8 + 2 * maxBatch), 9);
      expect(keeps(queue, saturationRate(queue) * 1.1, 1, 200, 95)).toBe(false);
    }
  });

  it('scales: twice as slow at half the rate keeps twice the latency', () => {
    const queue = queueOf({ maxBatch: 8, instances: 2 });
    for (const limit of [20, 30, 40, 60]) {
      expect(keeps(queue, 400, 1, limit, 95)).toBe(keeps(queue, 200, 2, 2 * limit, 95));
    }
  });
});

describe('capacity', () => {
  it('is the boundary of what keeps', () => {
    for (const maxBatch of [1, 8, 32]) {
      const queue = queueOf({ maxBatch, instances: 2, delayMs: maxBatch > 1 ? 4 : 0 });
      const most = capacity(queue, 1, 120, 99);
      expect(keeps(queue, most, 1, 120, 99)).toBe(true);
      expect(keeps(queue, most * 1.01, 1, 120, 99)).toBe(false);
    }
  });

  it('grows with the batch where fixed costs dominate, falls with slowness, and is 0 where one execution is too long', () => {
    const [one, eight] = [queueOf(), queueOf({ maxBatch: 8 })];
    expect(capacity(eight, 1, 100, 95)).toBeGreaterThan(2 * capacity(one, 1, 100, 95));
    expect(capacity(eight, 1.2, 100, 95)).toBeLessThan(capacity(eight, 1, 100, 95) / 1.15);
    expect(capacity(one, 1, 9, 95)).toBe(0);
  });
});

describe('slowness', () => {
  it('is read back from the latency that it makes', () => {
    const queue = queueOf({ maxBatch: 8 });
    for (const slowness of [0.8, 1, 1.3]) {
      const rate = capacity(queue, slowness, 60, 95);
      expect(lnSlowness(queue, rate, 60, 95)).toBeCloseTo(Math.log(slowness), 2);
    }
  });

  it('is told finely near saturation and coarsely far from it', () => {
    const queue = queueOf({ maxBatch: 8 });
    const top = saturationRate(queue);
    const spread = 0.1;
    const near = betrayedBy(queue, { perSecond: 0.97 * top, latencyMs: 90, spread }, 95);
    const far = betrayedBy(queue, { perSecond: 0.2 * top, latencyMs: 25, spread }, 95);
    expect(near.variance).toBeLessThan(far.variance / 4);
  });
});
