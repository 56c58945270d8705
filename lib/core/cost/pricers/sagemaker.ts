import { priceOf } from '../../catalog/price.ts';
import type { Charge } from '../charge.ts';
import { numberOf } from '../resolve.ts';
import { isPlain, type Plain } from '../template.ts';
import { countText, fleet, follow, listOf, naming, type Pricer, unknown, type View } from './pricer.ts';

/** An endpoint bills its variants' instances from creation to deletion, called or not. */
export const endpoint: Pricer = (view) => {
  const config = follow(view, view.raw['EndpointConfigName']);
  if (config === null) return [unknown('its EndpointConfig is not in this template')];
  return listOf(config.properties['ProductionVariants']).flatMap((variant) =>
    isPlain(variant) ? variantCharges(view, variant) : [unknown('its variants are known only at deployment')],
  );
};

function variantCharges(view: View, variant: Plain): Charge[] {
  const { InstanceType: type, VariantName: name } = variant;
  if (variant['ServerlessConfig']) return [unknown('a serverless variant: no sourced price is known')];
  if (variant['InstancePools']) return [unknown('InstancePools: the service chooses the instance type')];
  if (typeof type !== 'string') return [unknown('its instance type is known only at deployment')];
  const scaling = naming(view, 'AWS::ApplicationAutoScaling::ScalableTarget').filter(({ raw }) =>
    JSON.stringify(raw['ResourceId']).includes(`/variant/${name}"`),
  );
  const quantity = fleet(numberOf(variant['InitialInstanceCount'], 1), scaling);
  const answer = priceOf('sagemaker', type, view.scope.region, view.overrides);
  const price = 'missing' in answer ? answer : { ...answer, usd: answer.usdPerHour, per: 'hour' };
  const note = 'storage not included (none with local NVMe): no sourced price is known';
  const instances: Charge = { kind: 'standing', what: `${countText(quantity)} x ${type}`, quantity, price, note };
  if (variant['VolumeSizeInGB'] === undefined) return [instances];
  return [instances, unknown('its volume (VolumeSizeInGB): no sourced price of ML storage is known')];
}
