import { App, Duration, Stack, Tags } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Peer, Vpc } from 'aws-cdk-lib/aws-ec2';
import { describe, expect, it } from 'vitest';
import { ModelData } from '../../lib/constructs/model-data.ts';
import type { Recommendation } from '../../lib/core/recommend/recommendation.ts';
import { deployable } from '../../lib/stacks/deployable.ts';
import { productionOnEcs } from '../../lib/stacks/production-on-ecs.ts';
import { ProductionStack, type ProductionStackProps } from '../../lib/stacks/production-stack.ts';
import { ec2Recommendation } from '../support/ec2-recommendation.ts';
import { containersOf, image, userDataOf } from '../support/instance-service.ts';
import { recommendation002 } from '../support/recommendation.ts';

function stackOf(
  recommendation: Recommendation,
  props: (stack: Stack) => Partial<ProductionStackProps> = () => ({}),
): Stack {
  const stack = new Stack(new App(), 'Production');
  productionOnEcs(stack, deployable(recommendation), { recommendation, quotaInstances: 100, ...props(stack) });
  return stack;
}

const families = ['g4dn.xlarge', 'inf1.xlarge', 'inf1.6xlarge', 'c7g.4xlarge', 'c7i.4xlarge'];
const stack = stackOf(ec2Recommendation('g4dn.2xlarge'));
const template = Template.fromStack(stack);

describe('productionOnEcs', () => {
  it.each(families)('deploys a winner on %s', (instanceType) => {
    const made = Template.fromStack(stackOf(ec2Recommendation(instanceType)));
    made.hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: { InstanceType: instanceType, MetadataOptions: { HttpTokens: 'required' } },
    });
    made.resourceCountIs('AWS::ECS::Service', 1);
  });

  it('scales by the values of the recommendation, and lets the group follow', () => {
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 17, MaxCapacity: 49 });
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
      TargetTrackingScalingPolicyConfiguration: { TargetValue: 934.5, ScaleOutCooldown: 300, ScaleInCooldown: 300 },
    });
    template.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', { MaxSize: '61' });
  });

  it('makes no more instances than the quota and passes it on', () => {
    const capped = stackOf(ec2Recommendation('g4dn.2xlarge'), () => ({ quotaInstances: 40 }));
    Template.fromStack(capped).hasOutput('ScalingPolicy', { Value: '17..40 instances' });
    Annotations.fromStack(capped).hasWarning('*', Match.stringLikeRegexp('not to the 49 that the peak needs'));
    const unread = stackOf(ec2Recommendation('g4dn.2xlarge'), () => ({ quotaInstances: undefined }));
    Annotations.fromStack(unread).hasInfo('*', Match.stringLikeRegexp('quota was not read.*61 instances'));
  });

  it('says in an output which measurement stands behind the values, and what the fleet costs', () => {
    template.hasOutput('ScalingPolicy', {
      Value: '17..49 instances',
      Description: Match.stringLikeRegexp(
        '^17 to 49 x g4dn.2xlarge at 934.5 requests .* trt-db@ec2/g4dn.2xlarge carries 1335 requests per minute at 499 ms',
      ),
    });
    template.hasOutput('FleetCost', { Value: '31.02 USD/h, 33 instances' });
  });

  it('publishes the address where callers find it', () => {
    template.hasResourceProperties('AWS::SSM::Parameter', {
      Name: '/infersweep/Production/endpoint-url',
      Value: { 'Fn::Join': ['', ['http://', { 'Fn::GetAtt': [Match.stringLikeRegexp('LoadBalancer'), 'DNSName'] }]] },
    });
    template.hasOutput('EndpointUrl', {});
    template.hasOutput('EndpointUrlParameter', {});
  });

  it('says how to delete a group whose instances ECS leaves protected', () => {
    template.hasOutput('BeforeDeletion', {
      Value: {
        'Fn::Join': [
          '',
          [
            'aws autoscaling delete-auto-scaling-group --force-delete --auto-scaling-group-name ',
            { Ref: Match.stringLikeRegexp('Group') },
          ],
        ],
      },
    });
  });

  it('puts the stack’s tags on what bills: instances and their volumes', () => {
    const tagged = stackOf(ec2Recommendation('g4dn.xlarge'));
    Tags.of(tagged).add('infersweep:experiment', 'e');
    const made = Template.fromStack(tagged);
    for (const ResourceType of ['instance', 'volume']) {
      made.hasResourceProperties('AWS::EC2::LaunchTemplate', {
        LaunchTemplateData: {
          TagSpecifications: Match.arrayWith([
            { ResourceType, Tags: Match.arrayWith([{ Key: 'infersweep:experiment', Value: 'e' }]) },
          ]),
        },
      });
    }
  });

  it('starts the image as in trials, with the settings of its runtime', () => {
    const [triton] = containersOf(template);
    expect(triton).toMatchObject({
      LinuxParameters: { SharedMemorySize: 1024 },
      Environment: expect.arrayContaining([{ Name: 'SAGEMAKER_TRITON_LOG_VERBOSE', Value: 'false' }]),
    });
    expect(triton).not.toHaveProperty('Command');
    const torch = Template.fromStack(stackOf(ec2Recommendation('c7g.4xlarge', {}, { runtime: 'torch' })));
    expect(containersOf(torch)[0]!['LinuxParameters']).not.toHaveProperty('SharedMemorySize');
    const own = Template.fromStack(
      stackOf(ec2Recommendation('g4dn.xlarge'), () => ({ instances: { command: ['serve'] } })),
    );
    expect(containersOf(own)[0]).toMatchObject({ Command: ['serve'] });
  });

  it('asks at deployment for image and model, and for no key that a script would stumble over', () => {
    expect(Object.keys(template.findParameters('*')).filter((name) => !/^(Ssm|Bootstrap)/.test(name))).toEqual([
      'Image',
      'ModelBucket',
      'ModelKey',
    ]);
    const { AllowedPattern } = template.findParameters('ModelKey')['ModelKey']!;
    const key = new RegExp(AllowedPattern);
    expect(['bert/1/model.tar.gz', "it's.tar.gz", 'a b.tar.gz', 'model.onnx'].map((k) => key.test(k))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    const script = userDataOf(template);
    expect(script).toContain("aws s3 cp --no-progress 's3://<ModelBucket>/<ModelKey>' -");
  });

  it('does not ask for what it is given', () => {
    const given = Template.fromStack(
      stackOf(ec2Recommendation('g4dn.xlarge'), () => ({
        image,
        modelData: ModelData.fromUri('s3://models/bert/7/'),
        environment: { A: 'b' },
        instances: { instanceWarmup: Duration.seconds(260) },
      })),
    );
    expect(Object.keys(given.findParameters('*')).filter((name) => !/^(Ssm|Bootstrap)/.test(name))).toEqual([]);
    given.hasResourceProperties('AWS::ECS::CapacityProvider', {
      AutoScalingGroupProvider: { ManagedScaling: { InstanceWarmupPeriod: 260 } },
    });
    expect(containersOf(given)[0]).toMatchObject({
      Image: image.uri,
      Environment: expect.arrayContaining([{ Name: 'A', Value: 'b' }]),
    });
    expect(userDataOf(given)).toContain("aws s3 sync --no-progress 's3://models/bert/7/'");
  });

  it('makes a network without a way out, whose endpoints only the instances reach', () => {
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.resourceCountIs('AWS::EC2::InternetGateway', 0);
    const [endpoint] = Object.values(template.findResources('AWS::EC2::SecurityGroupIngress'))
      .map((rule) => rule['Properties'])
      .filter(({ FromPort }) => FromPort === 443);
    expect(endpoint.SourceSecurityGroupId['Fn::GetAtt'][0]).toMatch(/Fleet/);
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { Scheme: 'internal' });
  });

  it('takes requests from its VPC, or from whom it is told', () => {
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: [
        Match.objectLike({ FromPort: 80, CidrIp: { 'Fn::GetAtt': [Match.stringLikeRegexp('Vpc'), 'CidrBlock'] } }),
      ],
    });
    const told = Template.fromStack(
      stackOf(ec2Recommendation('g4dn.xlarge'), (s) => ({
        vpc: new Vpc(s, 'Own', { natGateways: 1 }),
        instances: { allowFrom: [Peer.ipv4('10.9.0.0/16')] },
      })),
    );
    told.resourceCountIs('AWS::EC2::VPC', 1);
    told.resourceCountIs('AWS::EC2::VPCEndpoint', 0);
    told.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: [Match.objectLike({ CidrIp: '10.9.0.0/16' })],
    });
  });

  it('plans a mixed fleet for its weakest type', () => {
    const mixedInstances = { alternatives: [{ instanceType: 'g4dn.xlarge', capacityPerMinute: 1068 }] };
    const mixed = Template.fromStack(
      stackOf(ec2Recommendation('g4dn.2xlarge'), () => ({ instances: { mixedInstances } })),
    );
    mixed.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 22, MaxCapacity: 62 });
    mixed.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
      TargetTrackingScalingPolicyConfiguration: { TargetValue: 747.6 },
    });
    mixed.hasOutput('ScalingPolicy', { Value: '22..62 instances' });
    const unknown = ec2Recommendation('g4dn.2xlarge');
    expect(() =>
      stackOf({ ...unknown, choice: { ...unknown.choice!, capacityPerMinute: null } }, () => ({
        instances: { mixedInstances },
      })),
    ).toThrow(/states no capacity of trt-db@ec2\/g4dn.2xlarge.*Leave mixedInstances out/);
  });
});

describe('ProductionStack of a winner on EC2', () => {
  const production = new ProductionStack(new App(), 'Production', { recommendation: ec2Recommendation('c7g.4xlarge') });
  const made = Template.fromStack(production);

  it('serves on instances, watched like an endpoint', () => {
    expect(production.endpoint).toBeNull();
    expect(production.service!.hardware.type).toBe('c7g.4xlarge');
    made.resourceCountIs('AWS::SageMaker::Endpoint', 0);
    made.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
    // The balancer counts seconds: 500 ms is half of one.
    made.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'TargetResponseTime', Threshold: 0.5 });
    made.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Metrics: Match.arrayWith([Match.objectLike({ Expression: 'IF(desired - running > 0.5, 1, 0)' })]),
    });
  });

  it.each<[string, Recommendation, Partial<ProductionStackProps>]>([
    ['rollout', ec2Recommendation('c7g.4xlarge'), { rollout: {} }],
    ['capacityFallback', ec2Recommendation('c7g.4xlarge'), { capacityFallback: 'measured' }],
    ['instances', recommendation002(), { instances: {} }],
  ])('refuses %s where it means nothing', (setting, recommendation, props) => {
    expect(() => new ProductionStack(new App(), 'P', { recommendation, ...props })).toThrow(
      new RegExp(`^${setting}: not for production on (ec2|sagemaker), which the chosen .* needs`),
    );
  });
});
