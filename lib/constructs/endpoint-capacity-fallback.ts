import type { CfnEndpointConfig } from 'aws-cdk-lib/aws-sagemaker';
import { hostOf } from '../core/catalog/host.ts';
import { type Instance, instanceOf } from '../core/catalog/instance.ts';
import type { Recommendation } from '../core/recommend/recommendation.ts';
import type { InferenceModel } from './inference-model.ts';

/** An instance type to take when the one before it cannot be had. */
export interface FallbackPool {
  /** As SageMaker spells it: `ml.g4dn.12xlarge`. */
  readonly instanceType: string;
  /**
   * What its instances run.
   *
   * @default - the endpoint's model
   */
  readonly model?: InferenceModel;
}

/** SageMaker takes five pools, the first of which is the endpoint's own instance type. */
const MAX_POOLS = 5;

/**
 * The pools in order of priority. They stand in the place of `InstanceType`: SageMaker refuses both. For production
 * only: a trial must never change its instance type unseen, and none is deployed by a template.
 *
 * @throws on more than four alternatives, on a type named twice, and on types of another host
 */
export function instancePools(
  instanceType: string,
  fallback: readonly FallbackPool[],
): CfnEndpointConfig.InstancePoolProperty[] {
  const types = [instanceType, ...fallback.map((pool) => pool.instanceType)];
  const twice = types.find((type, at) => types.indexOf(type) !== at);
  if (twice !== undefined)
    throw new Error(`capacityFallback names ${twice} twice (the endpoint's own type counts). Leave one out.`);
  if (types.length > MAX_POOLS)
    throw new Error(
      `capacityFallback has ${fallback.length} instance types. SageMaker takes ${MAX_POOLS} with the endpoint's own: keep the best ${MAX_POOLS - 1}.`,
    );
  const foreign = fallback.find(({ instanceType: type, model }) => !model && !sameHardware(instanceType, type));
  if (foreign)
    throw new Error(
      `${foreign.instanceType} cannot run the model of ${instanceType}: another processor or accelerator. Give it a model of its own: { instanceType, model }.`,
    );
  return [
    { instanceType, priority: 1 },
    ...fallback.map((pool, at) => ({
      instanceType: pool.instanceType,
      modelNameOverride: pool.model?.modelName,
      priority: at + 2,
    })),
  ];
}

/**
 * Instance types of the experiment that run the same configuration on the same hardware inside the SLO and carry at least
 * what scaling puts on each instance of the fleet, cheapest per million items first. Scaling counts requests per
 * instance, so a weaker type would be driven over its capacity. Empty when none was measured.
 */
export function measuredFallback({ choice, scaling, frontier, ties, rejected }: Recommendation): FallbackPool[] {
  if (choice === null || scaling === null) return [];
  const price = new Map(frontier.concat(ties).map((row) => [row.instanceType, row.usdPerMillion ?? Infinity]));
  const feasible = [...ties, ...frontier, ...rejected.filter(({ reason }) => reason === 'cost')].filter(
    (row) =>
      row.configuration === choice.configuration &&
      row.target === 'sagemaker' &&
      row.instanceType !== choice.instanceType &&
      (row.capacityPerMinute ?? 0) >= scaling.targetValue &&
      sameHardware(choice.instanceType, row.instanceType),
  );
  return [...new Set(feasible.map(({ instanceType }) => instanceType))]
    .map((instanceType, at) => ({ instanceType, at, usd: price.get(instanceType) ?? Infinity }))
    .sort((a, b) => (a.usd === b.usd ? a.at - b.at : a.usd - b.usd))
    .slice(0, MAX_POOLS - 1)
    .map(({ instanceType }) => ({ instanceType }));
}

/** One compiled model and one driver serve both: same architecture, accelerator and host image. */
function sameHardware(a: string, b: string): boolean {
  const [one, other] = [instanceOf('sagemaker', a), instanceOf('sagemaker', b)];
  if (!one || !other) return false;
  const key = (instance: Instance) =>
    [instance.arch, instance.accelerator?.name, hostOf('sagemaker', instance)?.inferenceAmiVersion].join();
  return key(one) === key(other);
}
