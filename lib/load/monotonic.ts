/**
 * The engine's clock: milliseconds on CLOCK_MONOTONIC, the same number in every thread and every process of this host, so
 * that a request log can be laid beside the log of the server.
 *
 * `performance.now()` is the cheap read, but counts from the start of its thread, and `performance.timeOrigin` is on the wall
 * clock. Both count the nanoseconds that `process.hrtime` reports, so one calibrated constant joins them without drift.
 */
import { performance } from 'node:perf_hooks';

function calibrate(): number {
  let best = 0;
  let narrowest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 100; i++) {
    const before = process.hrtime.bigint();
    const now = performance.now();
    const after = process.hrtime.bigint();
    const width = Number(after - before);
    if (width >= narrowest) continue;
    narrowest = width;
    best = Number(before + after) / 2e6 - now;
  }
  return best;
}

const originMs = calibrate();

/** Milliseconds on CLOCK_MONOTONIC, with a resolution below a microsecond. */
export function nowMs(): number {
  return performance.now() + originMs;
}
