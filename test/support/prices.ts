import type { PriceSnapshot } from '../../lib/core/catalog/price-snapshot.ts';

/** Prices of us-east-1 by instance type, as `prices refresh` would have written them. */
export function priceSnapshot(usdPerHour: Record<string, number>): PriceSnapshot {
  return {
    schema: 'infersweep.prices.v1',
    region: 'us-east-1',
    retrievedAt: '2026-11-26',
    source: 'AWS Price List API, GetProducts',
    rows: Object.entries(usdPerHour).map(([instanceType, usd]) => ({
      target: instanceType.startsWith('ml.') ? 'sagemaker' : 'ec2',
      instanceType,
      usdPerHour: usd,
      publishedAt: '2026-11-20',
      sku: 'SKU',
    })),
    missing: [],
  };
}
