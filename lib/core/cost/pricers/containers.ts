/** Tasks of ECS: on Fargate they bill themselves, on EC2 their instances do. */

import { servicePrice } from '../../catalog/service-price.ts';
import type { Charge, Quantity } from '../charge.ts';
import { numberOf, Unresolved } from '../resolve.ts';
import { isPlain, mentions, type Plain } from '../template.ts';
import {
  countText,
  fleet,
  follow,
  free,
  listOf,
  naming,
  type Pricer,
  standing,
  times,
  unknown,
  type View,
  viewOf,
} from './pricer.ts';

export const service: Pricer = (view) => {
  const task = follow(view, view.raw['TaskDefinition']);
  const carriers = carriersOf(view);
  if (carriers.includes('FARGATE_SPOT'))
    return [unknown('its tasks run on Fargate Spot, whose price changes by the hour')];
  if (!carriers.includes('FARGATE')) return [free('its tasks run on instances, which bill themselves')];
  if (task === null) return [unknown('its task definition is not in this template')];
  const size = taskSize(task);
  if (size instanceof Unresolved) return [unknown(size.reason)];
  const tasks = tasksOf(view);
  const count = countText(tasks);
  return [
    standing(view, `fargate-vcpu-${size.arch}`, `${count} tasks x ${size.vcpu} vCPU`, times(tasks, size.vcpu)),
    standing(view, `fargate-gb-${size.arch}`, `${count} tasks x ${size.gb} GB`, times(tasks, size.gb)),
    ...(JSON.stringify(view.raw['NetworkConfiguration'] ?? {}).includes('"AssignPublicIp":"ENABLED"')
      ? [standing(view, 'public-ipv4', 'public IPv4 addresses', tasks)]
      : []),
  ];
};

/** A definition costs nothing; started by hand or by an API, a Fargate task bills by the second. */
export const taskDefinition: Pricer = (view) => {
  if (!listOf(view.properties['RequiresCompatibilities']).includes('FARGATE'))
    return [free('a task definition is not charged; the instances of its tasks are')];
  if (naming(view, 'AWS::ECS::Service').length) return [free('a task definition is not charged; its service is')];
  const size = taskSize(view);
  if (size instanceof Unresolved) return [unknown(size.reason)];
  const [cpu, memory] = ['vcpu', 'gb'].map((part) => servicePrice(`fargate-${part}-${size.arch}`, view.scope.region));
  const price =
    'missing' in cpu!
      ? cpu
      : 'missing' in memory!
        ? memory
        : { ...cpu!, usd: cpu!.usd * size.vcpu + memory!.usd * size.gb };
  return [{ kind: 'usage', what: `per hour of a task of ${size.vcpu} vCPU, ${size.gb} GB`, price }];
};

function taskSize({ properties }: View): { vcpu: number; gb: number; arch: string } | Unresolved {
  const [cpu, memory] = [numberOf(properties['Cpu']), numberOf(properties['Memory'])];
  if (cpu instanceof Unresolved) return cpu;
  if (memory instanceof Unresolved) return memory;
  const platform = properties['RuntimePlatform'] as Plain | undefined;
  const arch = platform?.['CpuArchitecture'] === 'ARM64' ? 'arm64' : 'x86_64';
  return { vcpu: cpu / 1024, gb: memory / 1024, arch };
}

/** What starts its tasks: a launch type, or the capacity providers of its strategy. */
function carriersOf({ properties }: View): unknown[] {
  const strategy = listOf(properties['CapacityProviderStrategy']);
  return [properties['LaunchType'], ...strategy.map((item) => (isPlain(item) ? item['CapacityProvider'] : null))];
}

function tasksOf(view: View): Quantity {
  return fleet(
    numberOf(view.properties['DesiredCount'], 1),
    naming(view, 'AWS::ApplicationAutoScaling::ScalableTarget'),
  );
}

/** Tasks of the services that a capacity provider carries. */
export function serviceTasks(provider: View): Quantity[] {
  return Object.entries(provider.scope.template.Resources ?? {})
    .filter(([, { Type, Properties: p }]) => Type === 'AWS::ECS::Service' && mentions(p, provider.id))
    .map(([id, resource]) => tasksOf(viewOf(id, resource, provider.scope)));
}

export const cluster: Pricer = ({ properties }): Charge[] => {
  const insights = listOf(properties['ClusterSettings']).some((s) => isPlain(s) && s['Value'] !== 'disabled');
  const own = free('a cluster is not charged; what runs on it is');
  if (!insights) return [own];
  const missing = 'metrics of Container Insights: no sourced price is known';
  return [own, { kind: 'usage', what: 'Container Insights', price: { missing }, note: 'charged by task and metric' }];
};
