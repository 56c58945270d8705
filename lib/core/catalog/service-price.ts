/** Dated unit prices of services other than instances, from `prices-services.json`. One region's price is never another's. */
import catalog from './prices-services.json' with { type: 'json' };

export interface UnitPrice {
  id: string;
  usd: number;
  /** What one unit is: `hour`, `month`, `GB processed`, … */
  per: string;
  source: string;
  /** `global` where the service has one price everywhere. */
  region: string;
  /** Day on which the source was read, `YYYY-MM-DD`. */
  date: string;
}

const sources: Record<string, string> = catalog.sources;
const GLOBAL = 'global';
const prices = new Map(catalog.rows.map((row) => [`${row.id} ${row.region}`, row]));

/** One unit's price, or why there is none. */
export function servicePrice(id: string, region: string | null): UnitPrice | { missing: string } {
  const row = prices.get(`${id} ${GLOBAL}`) ?? prices.get(`${id} ${region}`);
  if (row) {
    const { source, ...rest } = row;
    return { ...rest, source: sources[source]!, date: catalog.retrievedAt };
  }
  return {
    missing: region === null ? 'no region is set' : `no sourced price of ${id} in ${region} is known`,
  };
}

/** Every unit price, for tests that check the snapshot itself. */
export const servicePriceRows: readonly { id: string; region: string; per: string; usd: number; source: string }[] =
  catalog.rows;
