/** What an account holds and its region offers, as a preflight asks; what a test does not say is as in an empty account. */
import type { AwsWorld } from '../world.ts';

export interface AccountState {
  /** Whether its Lambda knows durable executions. */
  durable: 'known' | 'unknown';
  /** Zones by EC2 instance type. */
  offerings: Record<string, string[]>;
  /** Zones by subnet. */
  subnets: Record<string, string>;
}

const states = new WeakMap<AwsWorld, AccountState>();

export function accountIn(world: AwsWorld): AccountState {
  const known = states.get(world) ?? { durable: 'known', offerings: {}, subnets: {} };
  states.set(world, known);
  return known;
}

/** An instance of somebody else, running. */
export function addInstance(
  world: AwsWorld,
  o: { type: string; cores: number; threads: number; spot?: boolean },
): void {
  world.add('instance', `i-${world.things.size}`, { detail: { ...o } });
}

/** An endpoint of somebody else, scaled to `count` since its configuration said 1. */
export function addEndpoint(world: AwsWorld, name: string, InstanceType: string, count: number): void {
  const variant = { VariantName: 'v', ModelName: 'm', InstanceType, InitialInstanceCount: 1 };
  const EndpointConfigName = `${name}-config`;
  world.add('endpoint-config', EndpointConfigName, { detail: { ProductionVariants: [variant] } });
  const detail = {
    EndpointConfigName,
    variant: { ...variant, InitialInstanceCount: count },
    container: { Image: 'image:1' },
  };
  world.add('endpoint', name, { detail });
}
