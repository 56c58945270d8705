/** The same figures at the catalog's prices or a snapshot's: what was measured stays, what it costs is looked up again. */
import type { Measurement } from '../measure/measurement.ts';
import { type PriceOverride, priceOf } from './price.ts';
import type { PriceSnapshot } from './price-snapshot.ts';

/**
 * Prices are looked up in the region of the old price, else in the measurement's own. What is not known for
 * exactly that region loses its price and says why: the old one would mix two days in one ranking.
 */
export function reprice(
  measurements: readonly Measurement[],
  overrides: readonly PriceOverride[] = [],
  snapshot: PriceSnapshot | null = null,
): Measurement[] {
  return measurements.map((m) => {
    const { target, instanceType } = m.configuration;
    const answer = priceOf(target, instanceType, m.price?.region ?? m.region, overrides, 'on-demand', snapshot);
    return 'missing' in answer
      ? { ...m, price: null, priceNote: answer.missing }
      : { ...m, price: answer, priceNote: null };
  });
}
