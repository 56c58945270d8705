/** What interface endpoints cost for standing there: a price for one region, never carried over to another. */
import price from './endpoint-price.json' with { type: 'json' };

/** The mean month, as AWS's own calculator counts it. */
const HOURS_PER_MONTH = 730;

export interface EndpointCost {
  /** null where no price of the region is known. */
  usdPerMonth: number | null;
  /** The figure, what it is made of, and where the price comes from; data processed comes on top. */
  sentence: string;
}

/** @param region null when only deployment tells, then the price of the catalog's region is named as such */
export function endpointCost(endpoints: number, zones: number, region: string | null): EndpointCost {
  const count = `${endpoints} interface endpoints in ${zones} zones`;
  if (region !== null && region !== price.region) {
    return {
      usdPerMonth: null,
      sentence: `${count}: no price of ${region} is known (in ${price.region} ${price.usdPerZoneHour} USD per zone and hour)`,
    };
  }
  const usdPerMonth = Math.round(endpoints * zones * price.usdPerZoneHour * HOURS_PER_MONTH * 100) / 100;
  return {
    usdPerMonth,
    sentence: `${count}: ${usdPerMonth} USD per month idle, at ${price.usdPerZoneHour} USD per zone and hour (${price.region}, ${price.retrievedAt}), data processed on top`,
  };
}
