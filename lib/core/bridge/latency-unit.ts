/** Whether a job's ModelLatency can be the milliseconds that it is taken for. */
import { type DescribedJob, requestedTraffic } from './described-job.ts';
import { peakUsers } from './job.ts';

export type LatencyUnit = 'ms' | 'us';

/** AWS's pages contradict each other: the results page says milliseconds, the load-test page of 2023 microseconds. */
export const latencyMsOf = (value: number, unit: LatencyUnit): number => (unit === 'us' ? value / 1000 : value);

/** Most users of the job's traffic; null where it states none. */
export function usersOf(job: DescribedJob): number | null {
  const requested = requestedTraffic(job);
  return requested && peakUsers(requested.traffic);
}

/**
 * Requests under way at a time are rate × latency (Little's law), and users who wait for each answer have one each. More
 * under way than there are users at the end of the traffic means that the latency was read in the wrong unit.
 */
export function isTooMany(requestsPerMinute: number, latencyMs: number, users: number): boolean {
  return (requestsPerMinute / 60) * (latencyMs / 1000) > users;
}
