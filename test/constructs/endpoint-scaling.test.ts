import { Duration } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { EndpointScaling, type EndpointScalingProps } from '../../lib/constructs/endpoint-scaling.ts';
import { endpointWith } from '../support/endpoint.ts';

function scalingWith(change: Partial<EndpointScalingProps> = {}) {
  const { stack, endpoint, template } = endpointWith(() => ({ instanceType: 'ml.g4dn.xlarge' }));
  const scaling = new EndpointScaling(stack, 'Scaling', {
    endpoint,
    track: { kind: 'invocations', perInstancePerMinute: 700.5 },
    minCapacity: 2,
    maxCapacity: 5,
    scaleOutCooldown: Duration.seconds(260.2),
    scaleInCooldown: Duration.minutes(10),
    evidence: 'Measured by hand.',
    ...change,
  });
  return { scaling, stack, endpoint, template: template() };
}

describe('EndpointScaling', () => {
  it('copies the values and says where they come from', () => {
    const { scaling, template } = scalingWith();
    template.hasResource('AWS::ApplicationAutoScaling::ScalingPolicy', {
      Properties: {
        PolicyType: 'TargetTrackingScaling',
        TargetTrackingScalingPolicyConfiguration: {
          PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' },
          TargetValue: 700.5,
          ScaleOutCooldown: 261,
          ScaleInCooldown: 600,
        },
      },
      Metadata: { Description: scaling.description },
    });
    expect(scaling.description).toBe(
      '2 to 5 x ml.g4dn.xlarge at 700.5 requests per instance and minute, cooldowns 261 s out and 600 s in. Measured by hand.',
    );
  });

  it('registers the variant under the service-linked role and makes no role', () => {
    const { template } = scalingWith();
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
      MinCapacity: 2,
      MaxCapacity: 5,
      ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
      ResourceId: { 'Fn::Join': ['', ['endpoint/', Match.anyValue(), '/variant/AllTraffic']] },
      RoleARN: {
        'Fn::Join': [
          '',
          Match.arrayWith([Match.stringLikeRegexp('AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint$')]),
        ],
      },
    });
    const roles = Object.values(template.findResources('AWS::IAM::Role'));
    expect(roles.map((role) => role['Properties'].AssumeRolePolicyDocument.Statement[0].Principal.Service)).toEqual([
      'sagemaker.amazonaws.com',
    ]);
  });

  it('may track what the server holds at once, every ten seconds', () => {
    const { scaling, template } = scalingWith({ track: { kind: 'concurrency', perModel: 6.5, countedBy: 'server' } });
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
      TargetTrackingScalingPolicyConfiguration: {
        PredefinedMetricSpecification: {
          PredefinedMetricType: 'SageMakerVariantConcurrentRequestsPerModelHighResolution',
        },
        TargetValue: 6.5,
      },
    });
    expect(scaling.description).toContain('at 6.5 requests at once per model, cooldowns');
  });

  it('takes a concurrency only as the server counted it', () => {
    expect(() => scalingWith({ track: { kind: 'concurrency', perModel: 6.5, countedBy: 'client' } })).toThrow(
      /cannot scale: a concurrency counted by the client says nothing.*track invocations/,
    );
  });

  it.each([
    { kind: 'invocations', perInstancePerMinute: 700 },
    { kind: 'concurrency', perModel: 6, countedBy: 'server' },
  ] as const)('has exactly one policy that scales in: %o', (track) => {
    const { template, stack, endpoint } = scalingWith({ track });
    const policies = Object.values(template.findResources('AWS::ApplicationAutoScaling::ScalingPolicy'));
    const owners = policies.filter(
      ({ Properties }) => Properties.TargetTrackingScalingPolicyConfiguration.DisableScaleIn !== true,
    );
    expect([policies.length, owners.length]).toEqual([1, 1]);
    expect(
      () =>
        new EndpointScaling(stack, 'Second', {
          endpoint,
          track,
          minCapacity: 1,
          maxCapacity: 2,
          scaleOutCooldown: Duration.seconds(60),
          scaleInCooldown: Duration.seconds(300),
          evidence: '',
        }),
    ).toThrow(/Test\/Endpoint scales already. Exactly one policy may own scale-in/);
  });

  it('never grows over the quota: the maximum is cut, with a warning', () => {
    const cut = scalingWith({ quotaInstances: 4 });
    cut.template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MaxCapacity: 4 });
    expect([cut.scaling.maxCapacity, cut.scaling.description]).toEqual([4, expect.stringMatching(/^2 to 4 x/)]);
    Annotations.fromStack(cut.stack).hasWarning('*', Match.stringLikeRegexp('4 instances only.*not to the 5'));

    const enough = scalingWith({ quotaInstances: 5 });
    expect(enough.scaling.maxCapacity).toBe(5);
    Annotations.fromStack(enough.stack).hasNoWarning('*', Match.stringLikeRegexp('quota'));
    Annotations.fromStack(enough.stack).hasNoInfo('*', Match.stringLikeRegexp('quota'));
  });

  it('says that the quota is unknown', () => {
    Annotations.fromStack(scalingWith().stack).hasInfo(
      '*',
      Match.stringLikeRegexp('quota of ml.g4dn.xlarge.*not read'),
    );
  });

  it('has something to say about cooldowns', () => {
    const said = (out: number, back: number) =>
      Annotations.fromStack(
        scalingWith({ scaleOutCooldown: Duration.seconds(out), scaleInCooldown: Duration.seconds(back) }).stack,
      );
    said(61, 300).hasInfo('*', Match.stringLikeRegexp('scale-out cooldown of 61 s'));
    said(61, 300).hasNoWarning('*', Match.anyValue());
    said(60, 300).hasNoInfo('*', Match.stringLikeRegexp('cooldown'));
    said(60, 299).hasWarning('*', Match.stringLikeRegexp('scale-in cooldown of 299 s.*flap'));
  });

  it('says everything that is wrong at once', () => {
    expect(() => scalingWith({ quotaInstances: 1 })).toThrow('the quota is 1 instances, below minCapacity 2');
    expect(() =>
      scalingWith({ track: { kind: 'invocations', perInstancePerMinute: 0 }, minCapacity: 0, maxCapacity: -1 }),
    ).toThrow(
      'cannot scale: perInstancePerMinute is 0, must be more than 0; minCapacity is 0, must be at least 1: a real-time fleet cannot scale to zero; maxCapacity is -1, below minCapacity 0.',
    );
  });
});
