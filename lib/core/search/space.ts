/** What is searched: devices, what each can be set to, what a change of them takes, and the objective. */
import type { Slo } from '../recommend/goal.ts';

/** Requests wait in one queue and are served in batches: what the fitted model of service times can foretell. */
export interface Batching {
  /** Configurations of a device that share a curve of service times: all but the settings of the queue. */
  line: string;
  instances: number;
  /** Requests in one execution, at most. */
  maxBatch: number;
  /** Longest wait for a batch to fill. */
  delayMs: number;
}

export interface SearchConfiguration {
  id: string;
  /** Open-loop load at any rate; null where nothing is known of the queue. */
  batching: Batching | null;
  /** Closed-loop users that can be tried, ascending; for configurations without batching. */
  users: readonly number[];
  /** The same for all that one deployment can serve, one after the other. @default that of the device: it can serve all */
  deployment?: string;
}

/** An instance type: the one thing that is slow to switch. */
export interface SearchDevice {
  id: string;
  usdPerHour: number;
  /** From the request to the first healthy answer. */
  deploySeconds: number;
  /** To other settings of a deployment. */
  reloadSeconds: number;
  configurations: readonly SearchConfiguration[];
}

export interface SearchSpace {
  slo: Slo;
  devices: readonly SearchDevice[];
  /** Length of a trial; 60 s, because beside a deployment shorter ones save little and mislead (decision 0010). */
  trialSeconds: number;
  /** A configuration that beats the best by less is not looked for. @default 0.01 */
  indifference?: number;
  /** Trials after which the search ends, whatever it knows. @default 1000 */
  maxTrials?: number;
}

export interface Deployed {
  device: SearchDevice;
  configuration: SearchConfiguration;
}

/** Until a configuration can be loaded after another; null where nothing is deployed yet. */
export function switchSeconds(from: Deployed | null, to: Deployed): number {
  const keyOf = ({ device, configuration }: Deployed) => configuration.deployment ?? device.id;
  if (from === null || keyOf(from) !== keyOf(to)) return to.device.deploySeconds;
  return from.configuration.id === to.configuration.id ? 0 : to.device.reloadSeconds;
}

/** USD per million requests at a rate. */
export function usdPerMillionAt(device: SearchDevice, ratePerSecond: number): number {
  return ratePerSecond <= 0 ? Number.POSITIVE_INFINITY : ((device.usdPerHour / 3600) * 1e6) / ratePerSecond;
}

/** The rate from which a device is cheaper than a cost. */
export function rateFor(device: SearchDevice, usdPerMillion: number): number {
  return ((device.usdPerHour / 3600) * 1e6) / usdPerMillion;
}

/** @throws RangeError that names what is wrong and what is allowed. */
export function checkSpace({ devices, slo, trialSeconds }: SearchSpace): void {
  const ids = devices.flatMap((d) => d.configurations.map((c) => c.id));
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (ids.length === 0) throw new RangeError('the space is empty: give at least one device with one configuration');
  if (twice !== undefined) throw new RangeError(`configuration ${twice} is listed twice: give each its own id`);
  if (!(slo.latencyMs > 0)) throw new RangeError(`slo.latencyMs is ${slo.latencyMs}: give more than 0`);
  if (!(trialSeconds > 0)) throw new RangeError(`trialSeconds is ${trialSeconds}: give more than 0`);
  for (const { id, usdPerHour, configurations } of devices) {
    if (!(usdPerHour > 0))
      throw new RangeError(`device ${id} costs ${usdPerHour} USD/h: give a price above 0, or leave it out`);
    const idle = configurations.find((c) => c.batching === null && c.users.length === 0);
    if (idle) throw new RangeError(`configuration ${idle.id} has neither batching nor users: give one of them`);
  }
}
