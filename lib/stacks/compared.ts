/** What a comparison deploys, from the recommendations that would each go to production alone. */
import type { ModelData } from '../constructs/model-data.ts';
import type { ModelImage } from '../constructs/model-image.ts';
import type { Configuration } from '../core/plan/plan.ts';
import type { Recommendation } from '../core/recommend/recommendation.ts';
import { deployable } from './deployable.ts';
import { fleetPrice } from './evidence.ts';

/** One fleet of a comparison. */
export interface ComparedConfiguration {
  readonly configuration: Configuration;
  /** Instances, all the time: what is compared does not scale. */
  readonly instances: number;
  /** USD per hour of one instance; null when unknown. */
  readonly usdPerHour: number | null;
  /**
   * Image of its model server.
   *
   * @default - the stack's
   */
  readonly image?: ModelImage;
  /**
   * The model as prepared for this configuration: an engine is not a checkpoint.
   *
   * @default - the stack's
   */
  readonly modelData?: ModelData;
  /**
   * Environment of the container, beside what the runtime needs.
   *
   * @default - none
   */
  readonly environment?: Record<string, string>;
}

/** More than five graphs in one cannot be read, and each is a fleet that costs. */
const MOST = 5;

/**
 * One configuration of each recommendation, in the fleet that it states for the demand at the target. A document holds only
 * its own choice in full: make one for each candidate, with a margin, another SLO or fewer targets.
 *
 * @param recommendations in the order in which they are to be shown; of two with the same choice the first counts
 * @throws when one cannot be deployed on SageMaker
 */
export function comparedConfigurations(recommendations: readonly Recommendation[]): ComparedConfiguration[] {
  const found = new Map<string, ComparedConfiguration>();
  for (const recommendation of recommendations) {
    const { configuration, scaling } = deployable(recommendation);
    if (configuration.target !== 'sagemaker')
      throw new Error(
        `${configuration.id} is not on SageMaker: a comparison takes endpoints only. Leave the recommendation of "${recommendation.experiment}" out.`,
      );
    if (found.has(configuration.id)) continue;
    found.set(configuration.id, {
      configuration,
      instances: recommendation.fleet.atTarget.instances ?? scaling.initialCapacity,
      usdPerHour: fleetPrice(recommendation),
    });
  }
  return [...found.values()];
}

/** @throws when there is nothing to compare, too much, or the same twice */
export function assertComparable(configurations: readonly ComparedConfiguration[]): void {
  const ids = configurations.map(({ configuration }) => configuration.id);
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined) throw new Error(`${twice} is compared with itself. Leave one out.`);
  if (ids.length < 2 || ids.length > MOST)
    throw new Error(`${ids.length} configurations: a comparison takes 2 to ${MOST}. Keep the best ${MOST}.`);
  for (const { configuration, instances } of configurations) {
    if (configuration.target !== 'sagemaker')
      throw new Error(`${configuration.id} is not on SageMaker: a comparison takes endpoints only.`);
    if (!Number.isInteger(instances) || instances < 1)
      throw new Error(`${configuration.id} has ${instances} instances. It takes at least one.`);
  }
}
