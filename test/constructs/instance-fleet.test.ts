import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import type { InstanceServiceProps } from '../../lib/constructs/instance-service.ts';
import type { MixedInstances } from '../../lib/constructs/mixed-fleet.ts';
import { containersOf, serviceWith, userDataOf } from '../support/instance-service.ts';

const templateWith = (change: Partial<InstanceServiceProps>) => serviceWith(() => change).template();
const mixed: MixedInstances = {
  capacityPerMinute: 1335,
  alternatives: [{ instanceType: 'g4dn.xlarge', capacityPerMinute: 1078 }],
};

describe('a mixed fleet', () => {
  const template = templateWith({ instanceType: 'g4dn.2xlarge', mixedInstances: mixed });

  it('takes the types in order, on demand, and gives none a weight: ECS counts instances', () => {
    template.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', {
      LaunchTemplate: Match.absent(),
      MixedInstancesPolicy: {
        LaunchTemplate: {
          Overrides: [
            { InstanceType: 'g4dn.2xlarge', WeightedCapacity: Match.absent() },
            { InstanceType: 'g4dn.xlarge', WeightedCapacity: Match.absent() },
          ],
        },
        InstancesDistribution: {
          OnDemandAllocationStrategy: 'prioritized',
          OnDemandBaseCapacity: 0,
          OnDemandPercentageAboveBaseCapacity: 100,
          SpotAllocationStrategy: Match.absent(),
        },
      },
      CapacityRebalance: Match.absent(),
    });
    expect(userDataOf(template)).not.toContain('SPOT');
  });

  it('runs tasks that fit the smallest of its types, and on these only', () => {
    expect(containersOf(template)[0]).toMatchObject({ Cpu: 4096, MemoryReservation: 8192 });
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      PlacementConstraints: Match.arrayWith([
        { Type: 'memberOf', Expression: 'attribute:ecs.instance-type in [g4dn.2xlarge, g4dn.xlarge]' },
      ]),
    });
    template.hasResourceProperties('AWS::ECS::Service', { PlacementConstraints: [{ Type: 'distinctInstance' }] });
  });

  it('drains Spot instances before they are taken away', () => {
    const spot = templateWith({
      instanceType: 'g4dn.2xlarge',
      mixedInstances: { ...mixed, onDemandBaseCapacity: 2, onDemandPercentageAboveBaseCapacity: 50 },
    });
    spot.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', {
      CapacityRebalance: true,
      MixedInstancesPolicy: {
        InstancesDistribution: {
          OnDemandBaseCapacity: 2,
          OnDemandPercentageAboveBaseCapacity: 50,
          SpotAllocationStrategy: 'price-capacity-optimized',
        },
      },
    });
    expect(userDataOf(spot)).toContain('ECS_ENABLE_SPOT_INSTANCE_DRAINING=true');
  });

  it.each<[string, number, RegExp]>([
    ['g4dn.12xlarge', 5356, /g4dn.12xlarge would weigh 4, and ECS counts every instance as one.*less than 1.5 times/],
    ['g4dn.12xlarge', 1335, /g4dn.12xlarge cannot stand in for g4dn.2xlarge: it has 4 x nvidia-t4, the task takes 1 x/],
    ['g5.xlarge', 1335, /it has 1 x nvidia-a10g, the task takes 1 x nvidia-t4/],
    ['c7i.4xlarge', 1335, /it has no accelerator, the task takes 1 x nvidia-t4/],
    ['c7g.4xlarge', 1335, /its processor is arm64, the image is made for amd64/],
    ['g4dn.xlarge', 0, /capacityPerMinute of g4dn.xlarge must be more than 0: measure the type/],
  ])('refuses %s at %d', (instanceType, capacityPerMinute, message) => {
    const mixedInstances = { ...mixed, alternatives: [{ instanceType, capacityPerMinute }] };
    expect(() => templateWith({ instanceType: 'g4dn.2xlarge', mixedInstances })).toThrow(message);
  });
});

describe('a mixed fleet without GPUs', () => {
  const mixedWith = (instanceType: string, other: string) =>
    templateWith({
      instanceType,
      mixedInstances: { capacityPerMinute: 100, alternatives: [{ instanceType: other, capacityPerMinute: 110 }] },
    });

  it.each([
    ['c7g.4xlarge', 'c7g.8xlarge'],
    ['c7g.8xlarge', 'c7g.4xlarge'],
    // ECS does not count Inferentia chips either.
    ['inf1.xlarge', 'inf1.2xlarge'],
  ])('refuses %s beside %s: two tasks would seem to fit one instance', (instanceType, other) => {
    expect(() => mixedWith(instanceType, other)).toThrow(/reckon with two tasks on the larger/);
  });

  it('takes another generation of the same size', () => {
    mixedWith('c7g.4xlarge', 'c8g.4xlarge').hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', {
      MixedInstancesPolicy: {
        LaunchTemplate: { Overrides: [{ InstanceType: 'c7g.4xlarge' }, { InstanceType: 'c8g.4xlarge' }] },
      },
    });
  });
});

describe('a warm pool', () => {
  it('stops prepared instances and never takes one back, which ECS refuses', () => {
    const template = templateWith({ warmPool: { minSize: 2, maxGroupPreparedCapacity: 10 } });
    template.hasResourceProperties('AWS::AutoScaling::WarmPool', {
      MinSize: 2,
      MaxGroupPreparedCapacity: 10,
      PoolState: 'Stopped',
      InstanceReusePolicy: Match.absent(),
    });
    expect(userDataOf(template)).toContain('ECS_WARM_POOLS_CHECK=true');
  });

  it('is not there unless asked for', () => {
    const template = templateWith({});
    template.resourceCountIs('AWS::AutoScaling::WarmPool', 0);
    expect(userDataOf(template)).not.toContain('WARM_POOLS');
  });

  it('excludes mixed instances, and so Spot', () => {
    expect(() => templateWith({ instanceType: 'g4dn.2xlarge', mixedInstances: mixed, warmPool: {} })).toThrow(
      /exclude each other: EC2 Auto Scaling refuses a warm pool for a group with several types or Spot/,
    );
  });
});
