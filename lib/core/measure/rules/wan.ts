/** The load came from far away: what is timed is the network as well, and users nearby would see less. */
import { Histogram } from '../../load/histogram.ts';
import type { SegmentResult } from '../../load/job.ts';
import type { Rule } from './evidence.ts';

/** Within a region a round trip takes one or two milliseconds between zones and less within one; between regions 5 and more. */
export const MIN_ROUND_TRIP_MS = 5;
/** Of the median latency at the lowest load: less of it decides nothing. */
export const MIN_LATENCY_SHARE = 0.1;
/** Handshakes, or readings, of which the shortest counts: a single one may have met a stall of the generator. */
export const MIN_SAMPLES = 3;

export const wan: Rule = ({ stairs }) => {
  const lowest = stairs[0];
  const p50 = lowest === undefined ? null : Histogram.decode(lowest.stair.latency).percentile(50);
  const roundTripMs = roundTrip(stairs.flatMap(({ windows }) => windows));
  if (p50 === null || roundTripMs === null) return null;
  if (roundTripMs < MIN_ROUND_TRIP_MS || roundTripMs < MIN_LATENCY_SHARE * p50) return null;
  const detail = `a round trip to the server takes ${roundTripMs.toFixed(0)} ms of a median latency of ${p50.toFixed(0)} ms; drive the load from the region: infersweep run --on aws`;
  return { code: 'wan', detail };
};

/**
 * Of the network: a TCP handshake, or the reading of the server's statistics where a proxy or a tunnel answers handshakes in
 * its place. No request took less than a round trip, so that no stall of either looks like a distance. Null when unknown.
 */
function roundTrip(windows: readonly SegmentResult[]): number | null {
  const shortest = (samples: readonly { ms: number | null | undefined; count: number }[]) => {
    const known = samples.flatMap(({ ms, count }) => (ms == null ? [] : [{ ms, count }]));
    const count = known.reduce((sum, s) => sum + s.count, 0);
    return count < MIN_SAMPLES ? [] : [Math.min(...known.map((s) => s.ms))];
  };
  const seen = [
    ...shortest(windows.map((w) => ({ ms: w.connections.handshakeMs, count: w.connections.opened }))),
    ...shortest(windows.map((w) => ({ ms: w.server?.readMs, count: 2 }))),
  ];
  const quickest = windows.flatMap((w) => w.serviceTime.minMs ?? []);
  return seen.length === 0 || quickest.length === 0 ? null : Math.min(Math.max(...seen), ...quickest);
}
