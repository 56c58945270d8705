/** Which candidates can be compared at all. Apples rank with apples: priced rows with priced rows, never with a laptop. */
import type { Candidate } from './candidate.ts';
import type { Objective } from './goal.ts';

export interface Eligibility {
  eligible: Candidate[];
  /** Valid measurements that lack what the comparison needs. */
  unpriced: { candidate: Candidate; detail: string }[];
}

export function eligibility(candidates: readonly Candidate[], objective: Objective): Eligibility {
  const ranking = candidates.filter((c) => c.refused === null);
  const anyRemote = ranking.some((c) => c.configuration.target !== 'local');
  const anyPriced = ranking.some((c) => c.usdPerHour !== null);
  const priceMatters = objective === 'minimize-cost' || (objective === 'balanced' && anyPriced);
  const eligible: Candidate[] = [];
  const unpriced: Eligibility['unpriced'] = [];
  for (const candidate of ranking) {
    if (anyRemote && candidate.configuration.target === 'local') {
      unpriced.push({ candidate, detail: 'a laptop is not ranked against instances that can be rented' });
    } else if (priceMatters && candidate.usdPerHour === null) {
      unpriced.push({ candidate, detail: candidate.priceNote ?? 'no price is known' });
    } else eligible.push(candidate);
  }
  return { eligible, unpriced };
}
