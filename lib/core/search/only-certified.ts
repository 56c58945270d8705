/** After a search only what it certified may be recommended: a screening that looked good is no promise. */
import type { Measurement } from '../measure/measurement.ts';
import type { Recommendation } from '../recommend/recommendation.ts';

const NONE = { instances: null, usdPerHour: null };

/** @param proven what the recommendation was made from. @returns it, or that nothing can be recommended. */
export function onlyCertified(recommendation: Recommendation, proven: readonly Measurement[]): Recommendation {
  const { deploy } = recommendation;
  if (deploy === null) return recommendation;
  if (proven.some((m) => m.configuration.id === deploy.id && m.purpose === 'confirm')) return recommendation;
  return {
    ...recommendation,
    choice: null,
    deploy: null,
    verdict: 'undecided',
    sentence: `Nothing can be recommended: the search certified no configuration; ${deploy.name} on ${deploy.instanceType} was only screened.`,
    margin: { percent: null, at10Percent: null },
    fleet: { atCapacity: NONE, atTarget: NONE },
    ties: [],
    frontier: [],
    scaling: null,
    warnings: [],
  };
}
