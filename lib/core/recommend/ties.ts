/** Which losers cannot be told from the winner. */
import { pairedLogRatio } from '../measure/paired-ratio.ts';
import type { Objective } from './goal.ts';
import type { Ranked } from './rank.ts';

/** Single figures carry no spread: they are compared as they stand, and nobody can say that they tie. */
export function tied(winner: Ranked, other: Ranked, objective: Objective): boolean {
  if (winner.candidate.evidence === 'scalar' || other.candidate.evidence === 'scalar') return false;
  const paired = objective === 'maximize-throughput' && sideBySide(winner, other) ? pairedRates(winner, other) : null;
  if (paired !== null) return paired.low <= 0;
  return other.interval.low <= winner.interval.high;
}

/** Local deployments live together and are loaded in alternating windows, one after the other. */
function sideBySide(a: Ranked, b: Ranked): boolean {
  const local = a.candidate.configuration.target === 'local' && b.candidate.configuration.target === 'local';
  return local && a.candidate.confirmed === b.candidate.confirmed;
}

function pairedRates(winner: Ranked, other: Ranked) {
  return pairedLogRatio(winner.point.windowRates, other.point.windowRates);
}
