/** Where EC2 offers an instance type. SageMaker has no such API. */
import type { EC2 } from '@aws-sdk/client-ec2';
import { pages } from './pages.ts';

export type OfferingsApi = Pick<EC2, 'describeInstanceTypeOfferings' | 'describeSubnets'>;

/** Availability zones by instance type; a type that no zone offers has an empty list. */
export async function zonesOf(api: OfferingsApi, types: readonly string[]): Promise<{ [type: string]: string[] }> {
  const zones: { [type: string]: string[] } = Object.fromEntries(types.map((type) => [type, []]));
  if (types.length === 0) return zones;
  const Filters = [{ Name: 'instance-type', Values: [...types] }];
  const all = pages(
    (NextToken) => api.describeInstanceTypeOfferings({ LocationType: 'availability-zone', Filters, NextToken }),
    ({ NextToken }) => NextToken,
  );
  for await (const { InstanceTypeOfferings } of all) {
    for (const { InstanceType, Location } of InstanceTypeOfferings ?? []) zones[InstanceType!]?.push(Location!);
  }
  for (const list of Object.values(zones)) list.sort();
  return zones;
}

/** Availability zone of each subnet. */
export async function subnetZones(
  api: OfferingsApi,
  SubnetIds: readonly string[],
): Promise<{ [subnet: string]: string }> {
  const { Subnets } = await api.describeSubnets({ SubnetIds: [...SubnetIds] });
  return Object.fromEntries((Subnets ?? []).map((s) => [s.SubnetId!, s.AvailabilityZone!]));
}

/** Of these types, those that a zone of one of the subnets has: inf1 and g4dn are missing from some. */
export async function offeredHere(
  api: OfferingsApi,
  subnets: readonly string[],
  types: readonly string[],
): Promise<ReadonlySet<string>> {
  if (types.length === 0) return new Set();
  const here = new Set(Object.values(await subnetZones(api, subnets)));
  const zones = await zonesOf(api, types);
  return new Set(types.filter((type) => zones[type]!.some((zone) => here.has(zone))));
}
