/** From anything to a price snapshot for a region, or to everything that is wrong with it. Never throws. */
import { type PriceSnapshot, priceSnapshotSchema } from '../catalog/price-snapshot.ts';
import { explain } from './explain.ts';
import { type Issue, issue } from './issue.ts';

export type ParsedPrices = { ok: true; prices: PriceSnapshot } | { ok: false; issues: Issue[] };

/** @param region that the prices are for; null to take any. Another region's price is never used, so a snapshot of it is a mistake. */
export function parsePrices(document: unknown, region: string | null = null): ParsedPrices {
  const parsed = priceSnapshotSchema.safeParse(document);
  if (!parsed.success) {
    return { ok: false, issues: parsed.error.issues.flatMap((found) => explain(found, document, priceSnapshotSchema)) };
  }
  const prices = parsed.data;
  if (region === null || prices.region === region) return { ok: true, prices };
  return {
    ok: false,
    issues: [
      issue(['region'], `these are prices of ${prices.region}, and aws.region is ${region}`, { allowed: [region] }),
    ],
  };
}
