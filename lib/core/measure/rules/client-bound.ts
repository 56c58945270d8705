/** The generator, not the server, set the rate or most of the latency. */
import { Histogram } from '../../load/histogram.ts';
import type { StairMeasurement } from '../measurement.ts';
import { median } from '../median.ts';
import type { Rule, StairEvidence } from './evidence.ts';

/** Of one core, in the median window: above it the generator has no time left to look whether the server was faster. */
export const MAX_CLIENT_UTILISATION = 0.9;
/** Of its cores: a server that itself has nothing left is the limit, however busy the client is. */
export const SATURATED_SERVER = 0.9;
/**
 * Share of the median latency of a request that may be the generator's own CPU work. A single user never fills the core,
 * because client and server take turns: this is what shows there that the server is faster than the client can observe.
 */
export const MAX_OWN_LATENCY_SHARE = 0.5;
/**
 * Share of the wall time that the generator may spend waiting for a core in the median window. Other work on a shared
 * two-core host costs a healthy run a few tenths; only beyond half is the waiting most of what is measured.
 */
export const MAX_RUN_QUEUE_SHARE = 0.5;

export const clientBound: Rule = ({ stairs, serverCores }) => {
  for (const evidence of stairs) {
    if (serverSaturated(evidence.stair, serverCores)) continue;
    const detail = busy(evidence) ?? ownLatency(evidence.stair) ?? starved(evidence);
    if (detail !== null) return { code: 'client-bound', detail: `${evidence.stair.id}: ${detail}` };
  }
  return null;
};

function serverSaturated({ serverCpuUtilisation }: StairMeasurement, cores: number | null): boolean {
  return serverCpuUtilisation !== null && cores !== null && serverCpuUtilisation >= SATURATED_SERVER * cores;
}

const percent = (share: number) => `${Math.round(share * 100)} %`;

function busy({ windows }: StairEvidence): string | null {
  const used = median(windows.map((w) => w.client.utilisation));
  if (used === null || used < MAX_CLIENT_UTILISATION) return null;
  return `the load generator used ${percent(used)} of its core while the server was not known to be saturated`;
}

function ownLatency({ client, latency, requests }: StairMeasurement): string | null {
  const p50 = Histogram.decode(latency).percentile(50);
  if (p50 === null || requests === 0) return null;
  const ownMs = (client.cpuSeconds / requests) * 1000;
  if (ownMs < MAX_OWN_LATENCY_SHARE * p50) return null;
  return `the server answers faster than the client can observe: of a median of ${p50.toPrecision(2)} ms, ${ownMs.toPrecision(2)} ms are the client's own work`;
}

function starved({ windows }: StairEvidence): string | null {
  const shares = windows.flatMap(({ client, durationS }) =>
    client.runQueueWaitSeconds === null || durationS <= 0 ? [] : [client.runQueueWaitSeconds / durationS],
  );
  const share = median(shares);
  if (share === null || share <= MAX_RUN_QUEUE_SHARE) return null;
  return `the load generator waited for a core during ${percent(share)} of the time`;
}
