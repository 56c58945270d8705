import { App } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { ModelData } from '../../lib/constructs/model-data.ts';
import { ModelImage } from '../../lib/constructs/model-image.ts';
import type { Recommendation } from '../../lib/core/recommend/recommendation.ts';
import { ProductionStack, type ProductionStackProps } from '../../lib/stacks/production-stack.ts';
import { recommendation002 } from '../support/recommendation.ts';
import { actionsOnEverything } from '../support/templates.ts';

function stackOf(recommendation: Recommendation, props: Partial<ProductionStackProps> = {}) {
  return new ProductionStack(new App(), 'Production', { recommendation, ...props });
}

const stack = stackOf(recommendation002());
const template = Template.fromStack(stack);
const cooldowns = "Source of the cooldowns: default: AWS's own 300 s, because no startup timeline was measured.";

describe('ProductionStack', () => {
  it('starts the fleet of the recommendation on the instances that were measured', () => {
    template.hasResourceProperties('AWS::SageMaker::EndpointConfig', {
      ProductionVariants: [
        Match.objectLike({
          InstanceType: 'ml.g4dn.2xlarge',
          InitialInstanceCount: 33,
          InferenceAmiVersion: 'al2023-ami-sagemaker-inference-gpu-4-1',
          RoutingConfig: { RoutingStrategy: 'LEAST_OUTSTANDING_REQUESTS' },
        }),
      ],
    });
    template.hasResourceProperties('AWS::SageMaker::Model', { EnableNetworkIsolation: true });
    template.hasResourceProperties('AWS::SageMaker::Model', {
      PrimaryContainer: { Environment: { SAGEMAKER_TRITON_LOG_VERBOSE: 'false' } },
    });
  });

  it('scales by its values', () => {
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 17, MaxCapacity: 49 });
    template.hasResource('AWS::ApplicationAutoScaling::ScalingPolicy', {
      Properties: {
        TargetTrackingScalingPolicyConfiguration: { TargetValue: 934.5, ScaleOutCooldown: 300, ScaleInCooldown: 300 },
      },
      Metadata: { Description: Match.stringLikeRegexp(cooldowns) },
    });
  });

  it('says in an output which measurement stands behind the values', () => {
    template.hasOutput('ScalingPolicy', {
      Value: '17..49 instances',
      Description:
        '17 to 49 x ml.g4dn.2xlarge at 934.5 requests per instance and minute, cooldowns 300 s out and 300 s in. ' +
        'From the recommendation of triton-instance-sweep (undecided, evidence: scalar): trt-db@sagemaker/ml.g4dn.2xlarge carries ' +
        `1335 requests per minute at 499 ms (limit 500 ms at p95). ${cooldowns}`,
    });
    template.hasOutput('FleetCost', { Value: '31.02 USD/h, 33 instances' });
  });

  it('cites a measured source of the cooldowns as it stands', () => {
    const scaling = {
      ...recommendation002().scaling!,
      scaleOutCooldownS: 60,
      cooldownSource: 'startup timeline of 3 trials',
    };
    Template.fromStack(stackOf(recommendation002({ scaling }))).hasOutput('ScalingPolicy', {
      Description: Match.stringLikeRegexp(
        'cooldowns 60 s out and 300 s in.*Source of the cooldowns: startup timeline of 3 trials.$',
      ),
    });
  });

  it('publishes the name where callers find it', () => {
    template.hasResourceProperties('AWS::SSM::Parameter', {
      Name: '/infersweep/Production/endpoint-name',
      Value: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Endpoint'), 'EndpointName'] },
    });
    template.hasOutput('EndpointName', {});
    template.hasOutput('EndpointNameParameter', {});
  });

  it('makes one role, for the container, with no more than it needs', () => {
    template.resourceCountIs('AWS::IAM::Role', 1);
    expect(actionsOnEverything(template)).toEqual(['cloudwatch:PutMetricData', 'ecr:GetAuthorizationToken']);
  });

  it('tags what it makes', () => {
    for (const type of ['Model', 'EndpointConfig', 'Endpoint']) {
      template.hasResourceProperties(`AWS::SageMaker::${type}`, {
        Tags: [
          { Key: 'infersweep:configuration', Value: 'trt-db@sagemaker/ml.g4dn.2xlarge' },
          { Key: 'infersweep:experiment', Value: 'triton-instance-sweep' },
        ],
      });
    }
  });

  it('asks at deployment for image and model', () => {
    expect(Object.keys(template.findParameters('*')).sort()).toEqual([
      'BootstrapVersion',
      'Image',
      'ModelBucket',
      'ModelKey',
    ]);
    const { AllowedPattern } = template.findParameters('Image')['Image'] as { AllowedPattern: string };
    const image = new RegExp(AllowedPattern);
    expect(image.test(`123456789012.dkr.ecr.eu-west-1.amazonaws.com/a/b@sha256:${'0'.repeat(64)}`)).toBe(true);
    expect(image.test('123456789012.dkr.ecr.eu-west-1.amazonaws.com/a/b:latest')).toBe(false);
  });

  it('does not ask for what it is given', () => {
    const image = ModelImage.fromUri(`123456789012.dkr.ecr.us-east-1.amazonaws.com/server@sha256:${'0'.repeat(64)}`);
    const given = Template.fromStack(
      stackOf(recommendation002(), { image, modelData: ModelData.fromUri('s3://models/a/'), environment: { A: 'b' } }),
    );
    expect(Object.keys(given.findParameters('*'))).toEqual(['BootstrapVersion']);
    given.hasResourceProperties('AWS::SageMaker::Model', {
      PrimaryContainer: { Image: image.uri, Environment: { A: 'b', SAGEMAKER_TRITON_LOG_VERBOSE: 'false' } },
    });
  });

  it('passes on the doubts of the recommendation', () => {
    const annotations = Annotations.fromStack(stack);
    annotations.hasWarning('*', Match.stringLikeRegexp('undecided, because the figures carry no spread'));
    annotations.hasInfo('*', Match.stringLikeRegexp('only 0.2 % inside'));
    Annotations.fromStack(stackOf(recommendation002({ verdict: 'decided' }))).hasNoWarning('*', Match.anyValue());
  });
});

describe('a recommendation that cannot be deployed', () => {
  const { deploy, scaling } = recommendation002();
  it.each<[string, Partial<Recommendation>, RegExp]>([
    [
      'is local',
      { deploy: { ...deploy!, target: 'local', instanceType: 'local-1c' } },
      /configuration of this machine.*Add a sagemaker or an ec2 target/,
    ],
    [
      'chose nothing',
      { choice: null, deploy: null, verdict: 'infeasible', sentence: 'none meets 5 ms' },
      /chose nothing \(none meets 5 ms\)/,
    ],
    ['has no demand', { scaling: null, demand: null }, /no scaling values.*Add demand/],
    [
      'contradicts itself',
      { scaling: { ...scaling!, initialCapacity: 50 } },
      /contradict each other \(min 17, initial 50, max 49\)/,
    ],
  ])('because it %s', (_, change, message) => {
    expect(() => stackOf(recommendation002(change))).toThrow(message);
  });
});
