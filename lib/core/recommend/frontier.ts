/** The rows that no other row beats both in cost and in latency: V. Pareto's efficient set, ascending by latency. */
import type { Ranked } from './rank.ts';

/** @param cost smaller is better: money where there is a price, else the negated rate. */
export function frontierOf(rows: readonly Ranked[], cost: (row: Ranked) => number): Ranked[] {
  const sorted = [...rows].sort(
    (a, b) => a.point.latencyMs - b.point.latencyMs || cost(a) - cost(b) || compareIds(a, b),
  );
  let cheapest = Number.POSITIVE_INFINITY;
  return sorted.filter((row) => {
    const better = cost(row) < cheapest;
    if (better) cheapest = cost(row);
    return better;
  });
}

function compareIds(a: Ranked, b: Ranked): number {
  return a.candidate.configuration.id < b.candidate.configuration.id ? -1 : 1;
}
