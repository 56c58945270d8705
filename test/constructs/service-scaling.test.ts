import { Duration } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { ServiceScaling, type ServiceScalingProps } from '../../lib/constructs/service-scaling.ts';
import { serviceWith } from '../support/instance-service.ts';

function scalingWith(change: Partial<ServiceScalingProps> = {}) {
  const { stack, service, template } = serviceWith();
  const scaling = new ServiceScaling(stack, 'Scaling', {
    service,
    targetPerMinute: 934.5,
    minCapacity: 17,
    maxCapacity: 49,
    scaleOutCooldown: Duration.seconds(60.2),
    scaleInCooldown: Duration.minutes(10),
    quotaInstances: 64,
    evidence: 'Measured by hand.',
    ...change,
  });
  return { stack, scaling, template: template() };
}

describe('ServiceScaling', () => {
  it('copies the values, per minute and task, and says where they come from', () => {
    const { scaling, template } = scalingWith();
    template.hasResource('AWS::ApplicationAutoScaling::ScalingPolicy', {
      Properties: {
        PolicyType: 'TargetTrackingScaling',
        TargetTrackingScalingPolicyConfiguration: {
          PredefinedMetricSpecification: {
            PredefinedMetricType: 'ALBRequestCountPerTarget',
            ResourceLabel: {
              'Fn::Join': [
                '',
                [
                  { 'Fn::GetAtt': [Match.stringLikeRegexp('LoadBalancer'), 'LoadBalancerFullName'] },
                  '/',
                  { 'Fn::GetAtt': [Match.stringLikeRegexp('Targets'), 'TargetGroupFullName'] },
                ],
              ],
            },
          },
          TargetValue: 934.5,
          ScaleOutCooldown: 61,
          ScaleInCooldown: 600,
          DisableScaleIn: Match.absent(),
        },
      },
      Metadata: { Description: scaling.description },
    });
    expect(scaling).toMatchObject({ targetPerMinute: 934.5, minCapacity: 17, maxCapacity: 49 });
    expect(scaling.description).toBe(
      '17 to 49 x g4dn.xlarge at 934.5 requests per instance and minute, cooldowns 61 s out and 600 s in. Measured by hand.',
    );
  });

  it('is the only policy, so that nothing else decides about scale-in', () => {
    const { template } = scalingWith();
    template.resourceCountIs('AWS::ApplicationAutoScaling::ScalingPolicy', 1);
    template.resourceCountIs('AWS::AutoScaling::ScalingPolicy', 0);
  });

  it('comes after the listener, without which the metric does not exist', () => {
    const { template } = scalingWith();
    const [listener] = Object.keys(template.findResources('AWS::ElasticLoadBalancingV2::Listener'));
    template.hasResource('AWS::ApplicationAutoScaling::ScalingPolicy', { DependsOn: Match.arrayWith([listener]) });
  });

  it('registers the service under the service-linked role and makes no role', () => {
    const { template } = scalingWith();
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
      MinCapacity: 17,
      MaxCapacity: 49,
      ServiceNamespace: 'ecs',
      ScalableDimension: 'ecs:service:DesiredCount',
      RoleARN: {
        'Fn::Join': [
          '',
          Match.arrayWith([Match.stringLikeRegexp('AWSServiceRoleForApplicationAutoScaling_ECSService$')]),
        ],
      },
    });
    template.resourceCountIs('AWS::IAM::Role', 3);
  });

  it('lets the group hold the peak and a deployment, within the quota', () => {
    const held = (change: Partial<ServiceScalingProps>, size: string, percent: number) => {
      const { template } = scalingWith(change);
      template.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', { MinSize: '0', MaxSize: size });
      template.hasResourceProperties('AWS::ECS::Service', {
        DeploymentConfiguration: { MaximumPercent: percent, MinimumHealthyPercent: 100 },
      });
    };
    held({}, '61', 125);
    held({ quotaInstances: 55 }, '55', 125);
    held({ minCapacity: 2, maxCapacity: 4 }, '6', 150);
  });

  it('warns when the quota was not read, and when it leaves nothing for a deployment', () => {
    const warned = (change: Partial<ServiceScalingProps>) => Annotations.fromStack(scalingWith(change).stack);
    warned({ quotaInstances: undefined }).hasInfo('*', Match.stringLikeRegexp('check that it allows 61 instances'));
    warned({ quotaInstances: 49 }).hasWarning('*', Match.stringLikeRegexp('will wait until the load falls'));
    warned({}).hasNoWarning('*', Match.anyValue());
  });

  it('never asks for more than the quota', () => {
    const { stack, template } = scalingWith({ quotaInstances: 48 });
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MaxCapacity: 48 });
    template.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', { MaxSize: '48' });
    Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp('may grow to 48 instances only'));
    expect(() => scalingWith({ quotaInstances: 16 })).toThrow(
      'cannot scale: the quota is 16 instances, below minCapacity 17: have it raised in Service Quotas.',
    );
  });

  it('says everything that is wrong at once', () => {
    expect(() => scalingWith({ targetPerMinute: 0, minCapacity: 0, maxCapacity: -1 })).toThrow(
      'cannot scale: targetPerMinute is 0, must be more than 0; minCapacity is 0, must be at least 1: without a task no request is counted, and none starts; maxCapacity is -1, below minCapacity 0.',
    );
  });
});
