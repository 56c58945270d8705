import { priceOf } from '../../catalog/price.ts';
import { always, type Charge, type Quantity } from '../charge.ts';
import { numberOf, Unresolved } from '../resolve.ts';
import { isPlain, type Plain } from '../template.ts';
import { serviceTasks } from './containers.ts';
import { countText, follow, listOf, naming, type Pricer, standing, unknown, type View } from './pricer.ts';
import { diskCharges, volumeCharges } from './volumes.ts';

export const instance: Pricer = (view) => {
  const template = launchData(view, view.raw['LaunchTemplate']);
  return instanceCharges(view, { ...template, ...view.properties }, always(1));
};

export const volume: Pricer = (view) => diskCharges(view, view.properties, always(1));

export const autoScalingGroup: Pricer = (view) => {
  const mixed = view.raw['MixedInstancesPolicy'];
  if (mixed !== undefined) return mixedCharges(view, mixed);
  const data =
    launchData(view, view.raw['LaunchTemplate']) ?? follow(view, view.raw['LaunchConfigurationName'])?.properties;
  if (!data) return [unknown('its launch template is not in this template')];
  return instanceCharges(view, data, groupSize(view));
};

function groupSize(view: View): Quantity {
  const min = numberOf(view.properties['MinSize']);
  const max = numberOf(view.properties['MaxSize']);
  const desired = numberOf(view.properties['DesiredCapacity'] ?? view.properties['MinSize']);
  const managed = naming(view, 'AWS::ECS::CapacityProvider').filter((provider) => managesScaling(provider.properties));
  const tasks = managed.flatMap((provider) => serviceTasks(provider));
  if (tasks.length === 0) return { idle: min, active: desired, max };
  // A capacity provider keeps instances for the tasks: at most one each, never more than the group allows.
  const atLeast = (own: number | Unresolved, key: keyof Quantity) => {
    const numbers = [own, max, ...tasks.map((task) => task[key])];
    const gap = numbers.find((n) => n instanceof Unresolved);
    if (gap) return gap;
    const wanted = tasks.reduce((sum, task) => sum + (task[key] as number), 0);
    return Math.min(max as number, Math.max(own as number, wanted));
  };
  return { idle: atLeast(min, 'idle'), active: atLeast(desired, 'active'), max };
}

function managesScaling(properties: Plain): boolean {
  const group = properties['AutoScalingGroupProvider'];
  return isPlain(group) && isPlain(group['ManagedScaling']) && group['ManagedScaling']['Status'] !== 'DISABLED';
}

function launchData(view: View, specification: unknown): Plain | null {
  if (!isPlain(specification)) return null;
  const { LaunchTemplateId: byId, LaunchTemplateName: byName } = specification;
  const data = follow(view, byId ?? byName)?.properties['LaunchTemplateData'];
  return isPlain(data) ? data : null;
}

/** Any of the types may run: the dearest is the honest one. */
function mixedCharges(view: View, policy: unknown): Charge[] {
  const template = isPlain(policy) ? policy['LaunchTemplate'] : null;
  if (!isPlain(template)) return [unknown('its MixedInstancesPolicy names no launch template')];
  const data = launchData(view, template['LaunchTemplateSpecification']);
  if (data === null) return [unknown('its launch template is not in this template')];
  const types = listOf(template['Overrides']).map((o) => (isPlain(o) ? o['InstanceType'] : null));
  const options = (types.length ? types : [data['InstanceType']]).map((InstanceType) =>
    instanceCharges(view, { ...data, InstanceType }, groupSize(view)),
  );
  return options.reduce((dearest, option) => (hourly(option) > hourly(dearest) ? option : dearest));
}

function hourly([first]: Charge[]): number {
  if (first?.kind !== 'standing' || 'missing' in first.price) return Number.POSITIVE_INFINITY;
  return first.price.usd;
}

function instanceCharges(view: View, data: Plain, quantity: Quantity): Charge[] {
  const type = data['InstanceType'];
  if (typeof type !== 'string') return [unknown('its instance type is known only at deployment')];
  const spot = isPlain(data['InstanceMarketOptions']) && data['InstanceMarketOptions']['MarketType'] === 'spot';
  const answer = priceOf('ec2', type, view.scope.region, view.overrides, spot ? 'spot' : 'on-demand');
  const price = 'missing' in answer ? answer : { ...answer, usd: answer.usdPerHour, per: 'hour' };
  const instances: Charge = { kind: 'standing', what: `${countText(quantity)} x ${type}`, quantity, price };
  const open = listOf(data['NetworkInterfaces']).some((n) => isPlain(n) && n['AssociatePublicIpAddress'] === true);
  return [
    instances,
    ...(open ? [standing(view, 'public-ipv4', 'public IPv4 addresses', quantity)] : []),
    ...volumeCharges(view, data['BlockDeviceMappings'], quantity),
  ];
}
