import { Duration } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { type FallbackPool, measuredFallback } from '../../lib/constructs/endpoint-capacity-fallback.ts';
import type { Recommendation } from '../../lib/core/recommend/recommendation.ts';
import { endpointWith, modelIn, only } from '../support/endpoint.ts';
import { recommendation002 } from '../support/recommendation.ts';

const pools = (capacityFallback: readonly FallbackPool[], instanceType = 'ml.g4dn.2xlarge') =>
  only(endpointWith(() => ({ instanceType, capacityFallback })).template(), 'AWS::SageMaker::EndpointConfig')
    .properties['ProductionVariants'][0];
const types = (...names: string[]) => names.map((name) => ({ instanceType: `ml.${name}` }));

describe('capacityFallback', () => {
  it('lists pools by priority in the place of the instance type', () => {
    expect(pools(types('g4dn.12xlarge', 'g4dn.4xlarge'))).toMatchObject({
      InstancePools: [
        { InstanceType: 'ml.g4dn.2xlarge', Priority: 1 },
        { InstanceType: 'ml.g4dn.12xlarge', Priority: 2 },
        { InstanceType: 'ml.g4dn.4xlarge', Priority: 3 },
      ],
      RoutingConfig: { RoutingStrategy: 'LEAST_OUTSTANDING_REQUESTS' },
    });
    expect(pools(types('g4dn.12xlarge'))).not.toHaveProperty('InstanceType');
  });

  it('is left out unless asked for: one instance type, no pools', () => {
    for (const none of [[], undefined]) {
      endpointWith(() => ({ capacityFallback: none }))
        .template()
        .hasResourceProperties('AWS::SageMaker::EndpointConfig', {
          ProductionVariants: [Match.objectLike({ InstanceType: 'ml.c7g.4xlarge', InstancePools: Match.absent() })],
        });
    }
  });

  it('runs another model where the hardware is another', () => {
    expect(() => pools(types('c7g.4xlarge'))).toThrow(/ml.c7g.4xlarge cannot run the model of ml.g4dn.2xlarge/);
    endpointWith((stack) => ({
      capacityFallback: [{ instanceType: 'ml.c7i.4xlarge', model: modelIn(stack, 'Intel') }],
      provisionTimeout: Duration.minutes(10),
    }))
      .template()
      .hasResourceProperties('AWS::SageMaker::EndpointConfig', {
        ProductionVariants: [
          Match.objectLike({
            InstancePools: [
              { InstanceType: 'ml.c7g.4xlarge', Priority: 1, ModelNameOverride: Match.absent() },
              {
                InstanceType: 'ml.c7i.4xlarge',
                Priority: 2,
                ModelNameOverride: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Intel'), 'ModelName'] },
              },
            ],
            VariantInstanceProvisionTimeoutInSeconds: 600,
          }),
        ],
      });
  });

  it('refuses more than five pools and a type named twice', () => {
    const five = ['g4dn.xlarge', 'g4dn.4xlarge', 'g4dn.8xlarge', 'g4dn.12xlarge', 'g4dn.16xlarge'];
    expect(pools(types(...five.slice(0, 4))).InstancePools).toHaveLength(5);
    expect(() => pools(types(...five))).toThrow(
      /has 5 instance types. SageMaker takes 5 with the endpoint's own: keep the best 4/,
    );
    expect(() => pools(types('g4dn.2xlarge'))).toThrow(/names ml.g4dn.2xlarge twice/);
  });
});

describe('measuredFallback', () => {
  const { choice, rejected } = recommendation002();
  const of = (change: Partial<Recommendation> = {}) =>
    measuredFallback(recommendation002(change)).map(({ instanceType }) => instanceType);
  const loser = rejected.find((row) => row.instanceType === 'ml.g4dn.12xlarge' && row.configuration === 'trt-db')!;

  it('finds the same configuration on the same hardware inside the SLO', () => {
    expect(of()).toEqual(['ml.g4dn.12xlarge']);
  });

  it.each([
    ['is another configuration', { ...loser, configuration: 'trt-ig' }],
    ['breaks the SLO', { ...loser, reason: 'slo' as const }],
    ['carries less than scaling puts on it', { ...loser, capacityPerMinute: 934 }],
    ['carries an unknown rate', { ...loser, capacityPerMinute: null }],
    ['is no SageMaker type', { ...loser, target: 'ec2', instanceType: 'g4dn.12xlarge' }],
    ['has another accelerator', { ...loser, instanceType: 'ml.g5.12xlarge' }],
    ['is the choice itself', { ...loser, instanceType: choice!.instanceType }],
  ])('leaves out what %s', (_, row) => {
    expect(of({ frontier: [], rejected: [row] })).toEqual([]);
  });

  it('takes the cheapest per item first, and four at most', () => {
    const row = (size: string, usdPerMillion: number | null) => ({
      ...choice!,
      instanceType: `ml.g4dn.${size}`,
      usdPerMillion,
    });
    const many = [
      row('16xlarge', null),
      row('12xlarge', 15),
      row('8xlarge', 14),
      row('4xlarge', 12),
      row('xlarge', 13),
    ];
    expect(of({ frontier: many, rejected: [] })).toEqual([
      'ml.g4dn.4xlarge',
      'ml.g4dn.xlarge',
      'ml.g4dn.8xlarge',
      'ml.g4dn.12xlarge',
    ]);
  });

  it('finds nothing without a choice', () => {
    expect(of({ choice: null })).toEqual([]);
    expect(of({ scaling: null })).toEqual([]);
  });
});
