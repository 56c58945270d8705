/** What can be worked out of one published row; null where a part of it is missing. */
import type { Measurement } from '../measure/measurement.ts';
import { instancesFor } from '../scale/instances.ts';
import { tidy } from '../scale/tidy.ts';
import { usdPerMillion } from '../scale/usd-per-million.ts';
import type { ConclusionFigure } from '../spec/conclusion-schema.ts';
import type { Published } from '../spec/published-schema.ts';

export type RowFigures = Record<ConclusionFigure, number | null> & { instances: number | null };

/** By the row's id. @param measurements in the order of the document's rows, at whichever prices. */
export function figuresByRow(document: Published, measurements: readonly Measurement[]): Map<string, RowFigures> {
  const demand = document.demand?.requestsPerMinute ?? null;
  return new Map(
    document.measurements.map((row, i) => {
      const { scalar, price, itemsPerRequest } = measurements[i]!;
      // A rate that the source does not print confirms nothing that the source says.
      const perMinute = row.rate === null ? null : scalar!.requestsPerMinute;
      const itemsPerSecond = perMinute === null ? null : (perMinute * itemsPerRequest) / 60;
      const instances = demand === null || !perMinute ? null : instancesFor(demand, perMinute);
      const usdPerHour = price?.usdPerHour ?? null;
      const figures: RowFigures = {
        latencyMs: row.latencyMs,
        itemsPerSecond,
        usdPerMillion: itemsPerSecond === null ? null : usdPerMillion(usdPerHour, itemsPerSecond),
        fleetUsdPerHour: instances === null || usdPerHour === null ? null : tidy(instances * usdPerHour),
        instances,
      };
      return [row.id, figures];
    }),
  );
}
