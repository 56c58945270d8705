import { tidy } from './tidy.ts';

/** USD per million items: price / items per hour x 10^6. An unknown price stays unknown, it is never zero. */
export function usdPerMillion(usdPerHour: number | null, itemsPerSecond: number): number | null {
  if (usdPerHour === null || itemsPerSecond <= 0) return null;
  return tidy((usdPerHour / (itemsPerSecond * 3600)) * 1e6);
}
