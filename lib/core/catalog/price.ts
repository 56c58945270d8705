/** Dated prices. A price is looked up for exactly one region and purchase; nothing is carried over from another. */
import type { TargetName } from '../plan/plan.ts';
import { type PriceSnapshot, snapshotPrice } from './price-snapshot.ts';
import catalog from './prices.json' with { type: 'json' };

export interface Price {
  usdPerHour: number;
  source: string;
  region: string;
  /** Day on which the source was read, `YYYY-MM-DD`. */
  date: string;
}

/** A price that the experiment states itself. It holds in the experiment's region. */
export interface PriceOverride {
  instanceType: string;
  usdPerHour: number;
  source: string;
  date: string;
}

export type PriceAnswer = Price | { missing: string };

export type Purchase = 'on-demand' | 'spot';

const sources: Record<string, string> = catalog.sources;
const key = (target: string, instanceType: string, region: string) => `${target} ${instanceType} ${region}`;
const prices = new Map(catalog.rows.map((row) => [key(row.target, row.instanceType, row.region), row]));

/**
 * USD per hour of one instance, or why there is none. An override wins; it is matched by instance type, which is unique
 * to a target because SageMaker's begin with `ml.`. Then comes the snapshot, if it is of the region, then the catalog. Both
 * hold on-demand prices only: Spot needs an override.
 */
export function priceOf(
  target: TargetName,
  instanceType: string,
  region: string | null,
  overrides: readonly PriceOverride[] = [],
  purchase: Purchase = 'on-demand',
  snapshot: PriceSnapshot | null = null,
): PriceAnswer {
  if (target === 'local') return { missing: 'a laptop has no price per hour' };
  if (region === null) return { missing: 'no region is set' };
  const own = overrides.find((o) => o.instanceType === instanceType);
  if (own) return { usdPerHour: own.usdPerHour, source: own.source, region, date: own.date };
  if (purchase === 'spot') return { missing: `Spot prices change by the hour; none is known for ${instanceType}` };
  const fresh = snapshotPrice(snapshot, target, instanceType, region);
  if (fresh) return { usdPerHour: fresh.usdPerHour, source: snapshot!.source, region, date: snapshot!.retrievedAt };
  const row = prices.get(key(target, instanceType, region));
  if (!row) return { missing: `no trustworthy price of ${instanceType} in ${region} is known` };
  return { usdPerHour: row.usdPerHour, source: sources[row.source] ?? row.source, region, date: row.retrievedAt };
}
