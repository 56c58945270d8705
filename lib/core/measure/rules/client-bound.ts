/** The generator, not the server, set the rate or most of the latency. */
import { Histogram } from '../../load/histogram.ts';
import { isOfUsers } from '../../load/shape.ts';
import { meanUsers } from '../../load/users.ts';
import type { StairMeasurement } from '../measurement.ts';
import { median } from '../median.ts';
import type { Rule, StairEvidence } from './evidence.ts';

/** Of one core, in the median window: above it the generator has no time left to look whether the server was faster. */
export const MAX_CLIENT_UTILISATION = 0.9;
/** Of its cores: a server that itself has nothing left is the limit, however busy the client is. */
export const SATURATED_SERVER = 0.9;
/**
 * What the generator's own CPU work on the requests of all users may take of their median latency. At 1 it works all the time
 * that a median request takes; unlike the utilisation this does not fall when others hold the core, since the median leaves
 * stalls out. Measured against a server without service time: 1.1 to 1.3 with 4 to 64 users.
 */
export const MAX_OWN_SHARE = 1;
/** A single user never fills the core, because client and server take turns: the same server gave 0.6 to 0.7. */
export const MAX_OWN_SHARE_ALONE = 0.4;
/** Below this the generator mostly sleeps, and what it spends is its own upkeep rather than work on requests. */
export const MIN_WORKING_UTILISATION = 0.25;
/**
 * Share of the wall time that the generator may spend waiting for a core in the median window. Other work on a shared
 * two-core host costs a healthy run a few tenths; only beyond half is the waiting most of what is measured.
 */
export const MAX_RUN_QUEUE_SHARE = 0.5;

export const clientBound: Rule = ({ stairs, serverCores }) => {
  for (const evidence of stairs) {
    if (serverSaturated(evidence.stair, serverCores)) continue;
    const detail = busy(evidence) ?? ownLatency(evidence) ?? starved(evidence);
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

/**
 * Only users: an open loop also pays for its clock, request or not. Several generators, or threads of one, each work for their
 * part of the users alone.
 */
function ownLatency({ stair, windows }: StairEvidence): string | null {
  const { client, latency, requests, shape } = stair;
  const p50 = Histogram.decode(latency).percentile(50);
  const shares = Math.max(1, ...windows.map((w) => w.shares?.count ?? 1));
  const idle = client.utilisation / shares < MIN_WORKING_UTILISATION;
  if (!isOfUsers(shape) || p50 === null || requests === 0 || idle) return null;
  const ownMs = (client.cpuSeconds / requests) * 1000;
  const users = meanUsers(shape) / shares;
  const limit = users <= 1 ? MAX_OWN_SHARE_ALONE : MAX_OWN_SHARE;
  if (ownMs * users < limit * p50) return null;
  return `the server answers faster than the client can observe: the median is ${p50.toPrecision(2)} ms for ${Number(users.toFixed(1))} users${shares > 1 ? ' of each generator' : ''}, each of whose requests costs the client ${ownMs.toPrecision(2)} ms`;
}

function starved({ windows }: StairEvidence): string | null {
  const shares = windows.flatMap(({ client, durationS }) =>
    client.runQueueWaitSeconds === null || durationS <= 0 ? [] : [client.runQueueWaitSeconds / durationS],
  );
  const share = median(shares);
  if (share === null || share <= MAX_RUN_QUEUE_SHARE) return null;
  return `the load generator waited for a core during ${percent(share)} of the time`;
}
