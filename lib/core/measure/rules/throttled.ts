/** Something held the server back that is not part of it: a quota of the processor, or a limit on the rate of requests. */
import { Histogram } from '../../load/histogram.ts';
import { clopperPearsonLower } from '../clopper-pearson.ts';
import type { StairMeasurement } from '../measurement.ts';
import { SATURATED_SERVER } from './client-bound.ts';
import type { Rule, StairEvidence } from './evidence.ts';
import { serverGrowth } from './server-growth.ts';

/** Of the periods of a processor quota: where Kubernetes' own alert CPUThrottlingHigh stands (kubernetes-mixin). */
export const MAX_THROTTLED_PERIODS = 0.25;
/** Periods are 100 ms long unless told otherwise: fewer than these are a second of a start. */
export const MIN_PERIODS = 10;
/** A full queue makes those wait whom it still serves; a rate limit does not. Beyond this over the lowest stair, they waited. */
export const MAX_WAITED = 2;

export const throttled: Rule = (evidence) => {
  const detail = heldBack(evidence.stairs) ?? refused(evidence);
  return detail === null ? null : { code: 'throttled', detail };
};

/** By the kernel, as the server reads it of its own group (cpu.stat, Linux' cgroup documentation). */
function heldBack(stairs: readonly StairEvidence[]): string | null {
  const periods = serverGrowth(stairs, (c) => c.cpuPeriods?.count);
  const held = serverGrowth(stairs, (c) => c.cpuPeriods?.throttled);
  if (periods === null || held === null || periods < MIN_PERIODS || held <= MAX_THROTTLED_PERIODS * periods)
    return null;
  const share = `${Math.round((held / periods) * 100)} % of the periods of its processor quota`;
  return `the kernel held the server back in ${share}; raise the CPU limit of its container, or use a larger instance type`;
}

/**
 * For its rate, by whatever stands before the server (status 429, RFC 6585 section 4; AWS's throttling errors), while the
 * server itself had room: else a full queue says the same, and that is the server's own limit.
 */
function refused({ stairs, slo, serverCores }: Parameters<Rule>[0]): string | null {
  const calmMs = answeredMs(stairs[0]?.stair);
  for (const { stair, windows } of stairs) {
    const count = windows.reduce((sum, w) => sum + (w.throttled ?? 0), 0);
    if (clopperPearsonLower(count, stair.requests) <= slo.maxErrorRate) continue;
    const { serverCpuUtilisation: used } = stair;
    const saturated = used !== null && serverCores !== null && used >= SATURATED_SERVER * serverCores;
    const ms = answeredMs(stair);
    if (saturated || (ms !== null && calmMs !== null && ms > MAX_WAITED * calmMs)) continue;
    return `${stair.id}: ${count} of ${stair.requests} requests were refused for their rate; raise the limit of what stands before the server (on AWS: its quota in Service Quotas)`;
  }
  return null;
}

/** Mean service time of what was answered. */
function answeredMs(stair: StairMeasurement | undefined): number | null {
  return stair === undefined ? null : Histogram.decode(stair.serviceTime).meanMs;
}
