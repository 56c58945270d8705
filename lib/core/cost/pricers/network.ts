import { always } from '../charge.ts';
import { Unresolved } from '../resolve.ts';
import { free, type Pricer, standing, unknown, usage } from './pricer.ts';

export const natGateway: Pricer = (view) => [
  standing(view, 'nat-gateway', 'NAT gateway'),
  usage(view, 'nat-gateway-data'),
];

/** Charged whether attached or not, since February 2024. */
export const elasticIp: Pricer = (view) => [standing(view, 'public-ipv4', 'public IPv4 address')];

export const vpcEndpoint: Pricer = (view) => {
  const type = view.properties['VpcEndpointType'] ?? 'Gateway';
  if (type === 'Gateway') return [free('a gateway endpoint is not charged')];
  if (type !== 'Interface') return [unknown(`an endpoint of type ${type}: no sourced price is known`)];
  const zones = zonesOf(view.raw['SubnetIds']);
  return [
    standing(
      view,
      'interface-endpoint',
      `interface endpoint in ${zones instanceof Unresolved ? '?' : zones} zones`,
      always(zones),
    ),
    usage(view, 'interface-endpoint-data'),
  ];
};

export const loadBalancer: Pricer = (view) => {
  const type = view.properties['Type'] ?? 'application';
  if (type !== 'application' && type !== 'network')
    return [unknown(`a ${type} load balancer: no sourced price is known`)];
  const open = view.properties['Scheme'] !== 'internal';
  const zones = zonesOf(view.raw['Subnets'] ?? view.raw['SubnetMappings']);
  return [
    standing(view, `${type}-balancer`, `${type} load balancer`),
    ...(open ? [standing(view, 'public-ipv4', 'public IPv4 addresses', always(zones))] : []),
    usage(view, `${type}-balancer-capacity`),
  ];
};

/** One interface for each subnet: a list of references is as long as it is, whatever they turn out to be. */
function zonesOf(subnets: unknown): number | Unresolved {
  return Array.isArray(subnets) ? subnets.length : new Unresolved('its subnets are known only at deployment');
}
