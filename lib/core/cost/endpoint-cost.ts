/** What interface endpoints cost for standing there, said before anything is deployed. */
import { servicePrice } from '../catalog/service-price.ts';
import { HOURS_PER_MONTH } from './charge.ts';

/** Named as such where only deployment tells the region. */
const ASSUMED_REGION = 'us-east-1';

/** @param region null when only deployment tells */
export function endpointCost(endpoints: number, zones: number, region: string | null): string {
  const count = `${endpoints} interface endpoints in ${zones} zones`;
  const price = servicePrice('interface-endpoint', region ?? ASSUMED_REGION);
  if ('missing' in price) return `${count}: ${price.missing}`;
  const usdPerMonth = (endpoints * zones * price.usd * HOURS_PER_MONTH).toFixed(2);
  return `${count}: ${usdPerMonth} USD per month idle, at ${price.usd} USD per zone and hour (${price.region}, ${price.date}), data processed on top`;
}
