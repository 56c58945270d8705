import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { EndpointScaling, type EndpointScalingProps } from '../../lib/constructs/endpoint-scaling.ts';
import { InferenceEndpoint } from '../../lib/constructs/inference-endpoint.ts';
import { InferenceModel } from '../../lib/constructs/inference-model.ts';
import { ModelData } from '../../lib/constructs/model-data.ts';
import { ModelImage } from '../../lib/constructs/model-image.ts';

function scalingWith(change: Partial<EndpointScalingProps> = {}) {
  const stack = new Stack(new App(), 'Test');
  const model = new InferenceModel(stack, 'Model', {
    image: ModelImage.fromUri(`123456789012.dkr.ecr.us-east-1.amazonaws.com/server@sha256:${'0'.repeat(64)}`),
    modelData: ModelData.inImage(),
  });
  const scaling = new EndpointScaling(stack, 'Scaling', {
    endpoint: new InferenceEndpoint(stack, 'Endpoint', { model, instanceType: 'ml.g4dn.xlarge' }),
    invocationsPerInstance: 700.5,
    minCapacity: 2,
    maxCapacity: 5,
    scaleOutCooldown: Duration.seconds(260.2),
    scaleInCooldown: Duration.minutes(10),
    evidence: 'Measured by hand.',
    ...change,
  });
  return { scaling, template: Template.fromStack(stack) };
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

  it('says everything that is wrong at once', () => {
    expect(() => scalingWith({ invocationsPerInstance: 0, minCapacity: 0, maxCapacity: -1 })).toThrow(
      'cannot scale: invocationsPerInstance is 0, must be more than 0; minCapacity is 0, must be at least 1: a real-time fleet cannot scale to zero; maxCapacity is -1, below minCapacity 0.',
    );
  });
});
