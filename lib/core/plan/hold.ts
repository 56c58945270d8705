/** What a deployment can cost at most, which is held before it exists, and what it did cost, which is settled once it is gone. */
import { HOST_VOLUME_GIB } from '../catalog/lab.ts';
import { priceOf } from '../catalog/price.ts';
import { servicePrice } from '../catalog/service-price.ts';
import type { TargetName } from './plan.ts';
import { TARGET_TIMES } from './time-constants.ts';

/** The reaper passes this often, should the deadline itself not be heard. */
export const REAPER_PERIOD_SECONDS = 900;

/** "$0.08 per GB-month", of which EBS counts 30 days (aws.amazon.com/ebs/pricing, its example). */
const MONTH_HOURS = 720;

/**
 * All that a deployment is billed for by the hour. An EC2 host has a root volume and a public address besides its instance;
 * one in a network with a NAT gateway has no address and costs 0.005 USD an hour less than is held and settled. SageMaker's
 * price is of all that stands behind an endpoint.
 *
 * @throws Error where a price of them is not known in the region: nothing could be held for it.
 */
export function billedUsdPerHour(
  target: TargetName,
  instanceUsdPerHour: number | null,
  region: string | null,
): number | null {
  if (target !== 'ec2' || instanceUsdPerHour === null) return instanceUsdPerHour;
  return instanceUsdPerHour + diskUsdPerHour(region) + addressUsdPerHour(region);
}

/** Of a host that makes artifacts, on-demand at the catalog's price; null where no price is known. */
export function hostUsdPerHour(instanceType: string, region: string | null): number | null {
  const price = priceOf('ec2', instanceType, region);
  return 'missing' in price ? null : billedUsdPerHour('ec2', price.usdPerHour, region);
}

/** Of a host's root volume. */
function diskUsdPerHour(region: string | null): number {
  return (HOST_VOLUME_GIB * unitUsd('ebs-gp3', region)) / MONTH_HOURS;
}

/** Of one public IPv4 address. */
export function addressUsdPerHour(region: string | null): number {
  return unitUsd('public-ipv4', region);
}

function unitUsd(id: string, region: string | null): number {
  const price = servicePrice(id, region);
  if ('missing' in price) throw new Error(`nothing can be held for what starts: ${price.missing}`);
  return price.usd;
}

/** Until its deadline has ended it: its time to live, the reaper's next pass, and the deletion. */
export function holdUsd(target: TargetName, usdPerHour: number | null, ttlSeconds: number): number {
  if (target === 'local' || usdPerHour === null) return 0;
  const { teardownSeconds } = TARGET_TIMES[target];
  return billedUsd(target, usdPerHour, ttlSeconds + REAPER_PERIOD_SECONDS + teardownSeconds);
}

/** By the second, with the target's minimum. */
export function billedUsd(target: TargetName, usdPerHour: number | null, seconds: number): number {
  if (target === 'local' || usdPerHour === null) return 0;
  return (usdPerHour * Math.max(seconds, TARGET_TIMES[target].minimumBilledSeconds)) / 3600;
}
