import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import { ModelData } from '../../lib/constructs/model-data.ts';
import { ModelImage } from '../../lib/constructs/model-image.ts';
import type { Recommendation } from '../../lib/core/recommend/recommendation.ts';
import { ProductionStack, type ProductionStackProps } from '../../lib/stacks/production-stack.ts';
import { only } from '../support/endpoint.ts';
import { recommendation002 } from '../support/recommendation.ts';
import { actionsOnEverything, dashboardsOf } from '../support/templates.ts';

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

  it('updates by a canary that the SLO of the recommendation takes back', () => {
    const { properties } = only(template, 'AWS::SageMaker::Endpoint');
    expect(properties['RetainAllVariantProperties']).toBe(true);
    expect(properties['DeploymentConfig']).toMatchObject({
      BlueGreenUpdatePolicy: {
        TrafficRoutingConfiguration: { Type: 'CANARY', CanarySize: { Type: 'CAPACITY_PERCENT', Value: 20 } },
      },
      AutoRollbackConfiguration: { Alarms: [{}, {}] },
    });
    // A fleet that may shrink to one instance has no half to give, whatever it starts with.
    const scaling = { ...recommendation002().scaling!, minCapacity: 1 };
    const single = Template.fromStack(stackOf(recommendation002({ scaling })));
    expect(only(single, 'AWS::SageMaker::Endpoint').properties['DeploymentConfig']).toMatchObject({
      BlueGreenUpdatePolicy: { TrafficRoutingConfiguration: { Type: 'ALL_AT_ONCE' } },
    });
  });

  it('watches the SLO, scaling and silence, and tells the topic it is given', () => {
    const topic = Topic.fromTopicArn(new Stack(), 'Topic', 'arn:aws:sns:us-east-1:123456789012:oncall');
    const told = Template.fromStack(stackOf(recommendation002(), { alarmTopic: topic }));
    told.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { AlarmActions: [topic.topicArn] }, 5);
    told.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: 'p95 of the latency is over the limit of 500 ms',
      Threshold: 500_000,
    });
    told.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Metrics: Match.arrayWith([Match.objectLike({ Expression: 'IF(load > 1027.95 AND running < 48.5, 1, 0)' })]),
    });
    told.hasResourceProperties('AWS::CloudWatch::Alarm', { TreatMissingData: 'breaching' });
    // Without a floor of demand, silence is no news.
    const demand = { ...recommendation002().demand!, low: 0 };
    Template.fromStack(stackOf(recommendation002({ demand }))).resourcePropertiesCountIs(
      'AWS::CloudWatch::Alarm',
      { TreatMissingData: 'breaching' },
      0,
    );
  });

  it('prices its dashboard by the recommendation', () => {
    const text = JSON.stringify(dashboardsOf(template));
    expect(text).toContain('running * 0.94 / (sent * 1 * 3600');
    expect(text).toContain('maximum 49');
    const fleet = { atCapacity: { instances: 23, usdPerHour: null }, atTarget: { instances: 33, usdPerHour: null } };
    const unpriced = Template.fromStack(stackOf(recommendation002({ fleet })));
    expect(JSON.stringify(dashboardsOf(unpriced))).toContain('USD per million items: unknown');
  });

  it('counts the items of a request by the price of a million', () => {
    const choice = { ...recommendation002().choice!, usdPerMillion: 11.7353308365 / 8 };
    expect(JSON.stringify(dashboardsOf(Template.fromStack(stackOf(recommendation002({ choice })))))).toContain(
      '(sent * 8 * 3600',
    );
  });

  it('stays within the quota it is told of', () => {
    const capped = Template.fromStack(stackOf(recommendation002(), { quotaInstances: 40 }));
    capped.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MaxCapacity: 40 });
    capped.hasOutput('ScalingPolicy', { Value: '17..40 instances' });
    // The alarm on the maximum moves with it.
    expect(JSON.stringify(capped)).toContain('AND running >= 39.5');
    expect(() => stackOf(recommendation002(), { quotaInstances: 32 })).toThrow(
      /the quota of 32 x ml.g4dn.2xlarge is below the 33 that the expected demand needs. Have it raised/,
    );
  });

  it('warns when the quota has no room for the second fleet of an update', () => {
    const two = Match.stringLikeRegexp('cannot hold two fleets of 33');
    Annotations.fromStack(stackOf(recommendation002(), { quotaInstances: 65 })).hasWarning('*', two);
    Annotations.fromStack(stackOf(recommendation002(), { quotaInstances: 66 })).hasNoWarning('*', two);
  });

  it('scales by what the server holds when told to', () => {
    const track = { kind: 'concurrency', perModel: 8, countedBy: 'server' } as const;
    Template.fromStack(stackOf(recommendation002(), { track })).hasResourceProperties(
      'AWS::ApplicationAutoScaling::ScalingPolicy',
      { TargetTrackingScalingPolicyConfiguration: { TargetValue: 8 } },
    );
  });

  it('takes other instance types only when told to, and then those that were measured', () => {
    expect(JSON.stringify(template)).not.toContain('InstancePools');
    Template.fromStack(stackOf(recommendation002(), { capacityFallback: 'measured' })).hasResourceProperties(
      'AWS::SageMaker::EndpointConfig',
      {
        ProductionVariants: [
          Match.objectLike({
            InstanceType: Match.absent(),
            InstancePools: [
              { InstanceType: 'ml.g4dn.2xlarge', Priority: 1 },
              { InstanceType: 'ml.g4dn.12xlarge', Priority: 2 },
            ],
          }),
        ],
      },
    );
    expect(() => stackOf(recommendation002({ frontier: [], rejected: [] }), { capacityFallback: 'measured' })).toThrow(
      /finds no instance type in the recommendation of "triton-instance-sweep" that runs trt-db/,
    );
  });

  it('leaves the host image of Inferentia 1 to SageMaker', () => {
    const { deploy } = recommendation002();
    const inf1 = { ...deploy!, id: 'x@sagemaker/ml.inf1.xlarge', instanceType: 'ml.inf1.xlarge', runtime: 'neuron' };
    const made = Template.fromStack(stackOf(recommendation002({ deploy: inf1 })));
    made.hasResourceProperties('AWS::SageMaker::EndpointConfig', {
      ProductionVariants: [Match.objectLike({ InferenceAmiVersion: Match.absent() })],
    });
    made.hasResourceProperties('AWS::SageMaker::Endpoint', { DeploymentConfig: Match.absent() });
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
