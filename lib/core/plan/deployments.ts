/** Deployments of a plan: a configuration with its group, its artifact and its price. */
import { type PriceAnswer, priceOf } from '../catalog/price.ts';
import type { PriceSnapshot } from '../catalog/price-snapshot.ts';
import type { Experiment, ExperimentTarget } from '../spec/experiment.ts';
import type { Configuration, PlannedDeployment } from './plan.ts';

/** All deployments on this machine take turns, unless a search visits one after the other; in the cloud each has a machine of its own. */
export const LOCAL_GROUP = 'local';

export function deploymentOf(
  configuration: Configuration,
  target: ExperimentTarget,
  experiment: Experiment,
  preparation: string | null,
  snapshot: PriceSnapshot | null,
): PlannedDeployment {
  const { id, instanceType } = configuration;
  const price = priceOf(
    target.target,
    instanceType,
    experiment.region,
    experiment.prices,
    target.purchase ?? undefined,
    snapshot,
  );
  return {
    id,
    configuration,
    preparation,
    group: target.target === 'local' && experiment.search === 'grid' ? LOCAL_GROUP : id,
    ...priceFields(price),
    purchase: target.purchase,
  };
}

/** A price as a plan holds it, or why there is none. */
export function priceFields(price: PriceAnswer): Pick<PlannedDeployment, 'usdPerHour' | 'priceNote' | 'priceSource'> {
  if ('missing' in price) return { usdPerHour: null, priceNote: price.missing, priceSource: null };
  const { usdPerHour, source, region, date } = price;
  return { usdPerHour, priceNote: null, priceSource: { source, region, date } };
}
