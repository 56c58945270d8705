import { App, Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { describe, expect, it } from 'vitest';
import { ModelData } from '../../lib/constructs/model-data.ts';
import { ModelImage } from '../../lib/constructs/model-image.ts';
import { type ComparedConfiguration, comparedConfigurations } from '../../lib/stacks/compared.ts';
import { ComparisonStack, type ComparisonStackProps } from '../../lib/stacks/comparison-stack.ts';
import { imageUri, only } from '../support/endpoint.ts';
import { recommendation002 } from '../support/recommendation.ts';
import { actionsOnEverything, dashboardsOf, statementsOf } from '../support/templates.ts';

const { deploy } = recommendation002();
const on = (size: string, change: Partial<ComparedConfiguration> = {}): ComparedConfiguration => ({
  configuration: { ...deploy!, id: `trt-db@sagemaker/ml.g4dn.${size}`, instanceType: `ml.g4dn.${size}` },
  instances: 2,
  usdPerHour: 0.94,
  ...change,
});

const props: ComparisonStackProps = {
  experiment: 'triton-instance-sweep',
  configurations: [on('2xlarge', { instances: 33 }), on('12xlarge', { instances: 9, usdPerHour: 4.89 })],
  slo: { percentile: 95, latencyMs: 500, maxErrorRate: 0.001 },
  traffic: {
    image: ContainerImage.fromRegistry(imageUri),
    command: ({ url, requestsPerMinute, seconds }) => ['load', url, `${requestsPerMinute}`, `${seconds}`],
    requestsPerMinute: 30000,
    startsAt: '2026-12-01T12:00:00Z',
    duration: Duration.minutes(30),
  },
  expiresAt: '2026-12-01T13:00:00Z',
  image: ModelImage.fromUri(imageUri),
  modelData: ModelData.fromUri('s3://models/a/'),
};
const stackOf = (change: Partial<ComparisonStackProps> = {}) =>
  new ComparisonStack(new App(), 'Comparison', { ...props, ...change });
const template = Template.fromStack(stackOf());
const scheduled = (expression: string) =>
  Object.values(
    template.findResources('AWS::Scheduler::Schedule', { Properties: { ScheduleExpression: expression } }),
  ).map(({ Properties }) => Properties);
const containers = () =>
  only(template, 'AWS::ECS::TaskDefinition').properties['ContainerDefinitions'] as {
    Name: string;
    Essential: boolean;
    Command?: unknown[];
    EntryPoint?: string[];
  }[];

describe('ComparisonStack', () => {
  it('deploys each configuration in a fleet of fixed size and of one instance type', () => {
    const variants = Object.values(template.findResources('AWS::SageMaker::EndpointConfig')).map(
      ({ Properties }) => Properties.ProductionVariants[0],
    );
    expect(variants.map(({ InstanceType, InitialInstanceCount }) => [InstanceType, InitialInstanceCount])).toEqual([
      ['ml.g4dn.2xlarge', 33],
      ['ml.g4dn.12xlarge', 9],
    ]);
    // What is measured must not change: neither its type nor its number.
    expect(variants.filter((variant) => 'InstancePools' in variant)).toEqual([]);
    template.resourceCountIs('AWS::ApplicationAutoScaling::ScalableTarget', 0);
  });

  it('starts one task, once', () => {
    const [start, ...more] = scheduled('at(2026-12-01T12:00:00)');
    expect(more).toEqual([]);
    expect(start).toMatchObject({
      ScheduleExpressionTimezone: 'Etc/UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { EcsParameters: { LaunchType: 'FARGATE', TaskCount: 1, PropagateTags: 'TASK_DEFINITION' } },
    });
    // A service would start it again for ever.
    template.resourceCountIs('AWS::ECS::Service', 0);
  });

  it('stops by itself: each generator is told how long, and ECS ends the task after that', () => {
    const [deadline, ...generators] = containers();
    expect(generators.map(({ Command }) => [Command![0], ...Command!.slice(-2)])).toEqual([
      ['load', '30000', '1800'],
      ['load', '30000', '1800'],
    ]);
    expect(deadline).toMatchObject({ Essential: true, EntryPoint: ['node', '-e', 'setTimeout(() => {}, 1920000)'] });
    expect(generators.map(({ Essential }) => Essential)).toEqual([false, false]);
  });

  it('lets the task invoke these endpoints and nothing else, without ingress', () => {
    const endpoints = Object.keys(template.findResources('AWS::SageMaker::Endpoint'));
    const invoke = statementsOf(template).filter(({ Action }) => [Action].flat().includes('sagemaker:InvokeEndpoint'));
    expect(invoke.flatMap(({ Resource }) => Resource)).toEqual(endpoints.map((Ref) => ({ Ref })));
    template.resourcePropertiesCountIs('AWS::EC2::SecurityGroup', { SecurityGroupIngress: Match.absent() }, 1);
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    expect(new Set(actionsOnEverything(template))).toEqual(
      new Set(['cloudwatch:PutMetricData', 'ecr:GetAuthorizationToken']),
    );
  });

  it('deletes every endpoint when it expires, and may delete nothing else', () => {
    const endpoints = Object.keys(template.findResources('AWS::SageMaker::Endpoint'));
    template.resourceCountIs('AWS::Scheduler::Schedule', endpoints.length + 1);
    const expiries = scheduled('at(2026-12-01T13:00:00)');
    expect(expiries.map(({ Target }) => JSON.stringify(Target.Arn))).toEqual(
      endpoints.map(() => expect.stringContaining(':scheduler:::aws-sdk:sagemaker:deleteEndpoint')),
    );
    expect(expiries.map(({ Target }) => JSON.stringify(Target.Input))).toEqual(
      endpoints.map((id) => expect.stringContaining(`{"Fn::GetAtt":["${id}","EndpointName"]}`)),
    );
    const removal = statementsOf(template).filter(({ Action }) => Action === 'sagemaker:DeleteEndpoint');
    expect(removal.flatMap(({ Resource }) => Resource)).toEqual(endpoints.map((Ref) => ({ Ref })));
  });

  it('is tagged so that the bill splits and the reaper sees it', () => {
    const tags = Object.values(template.findResources('AWS::SageMaker::Endpoint')).map(({ Properties }) =>
      Object.fromEntries(Properties.Tags.map(({ Key, Value }: { Key: string; Value: string }) => [Key, Value])),
    );
    const common = {
      'infersweep:experiment': 'triton-instance-sweep',
      'infersweep:run': 'comparison-triton-instance-sweep',
      'infersweep:expires-at': '2026-12-01T13:00:00Z',
    };
    expect(tags).toEqual(
      props.configurations.map(({ configuration }) => ({ ...common, 'infersweep:configuration': configuration.id })),
    );
  });

  it('meters what each has cost so far, requests or none', () => {
    const [dashboard] = dashboardsOf(template);
    const expressions = [...JSON.stringify(dashboard).matchAll(/"expression":"(RUNNING_SUM[^"]*)"/g)].map(([, e]) => e);
    expect(expressions).toEqual([
      'RUNNING_SUM(IF(FILL(alive0, 0) > 0, 31.02 * PERIOD(alive0) / 3600, 0))',
      'RUNNING_SUM(IF(FILL(alive1, 0) > 0, 44.01 * PERIOD(alive1) / 3600, 0))',
    ]);
    expect(JSON.stringify(dashboard)).toContain('"CPUUtilization"');
    template.hasOutput('Cost', { Value: '75.03 USD per hour' });
  });

  it('shows all against one limit on one dashboard', () => {
    const [dashboard, ...more] = dashboardsOf(template);
    expect(more).toEqual([]);
    const latency = dashboard!.widgets.find(
      ({ properties }) => properties['title'] === 'Latency at p95, microseconds',
    )!;
    expect(latency.properties['metrics']).toHaveLength(2);
    expect(latency.properties['annotations']).toMatchObject({
      horizontal: [{ value: 500_000, label: 'limit 500 ms' }],
    });
  });

  it('leaves out what has no price, and says so', () => {
    const made = Template.fromStack(stackOf({ configurations: [on('2xlarge', { usdPerHour: null }), on('12xlarge')] }));
    const text = JSON.stringify(dashboardsOf(made));
    expect(text.match(/RUNNING_SUM/g)).toHaveLength(1);
    expect(text).toContain('Not metered, because no price is known: trt-db@sagemaker/ml.g4dn.2xlarge.');
    made.hasOutput('Cost', { Value: '1.88 USD per hour and 1 of unknown price' });
  });

  it('asks once for image and model where no configuration brings its own', () => {
    const asked = Template.fromStack(stackOf({ image: undefined, modelData: undefined }));
    expect(Object.keys(asked.findParameters('*')).sort()).toEqual([
      'BootstrapVersion',
      'Image',
      'ModelBucket',
      'ModelKey',
    ]);
    const own = { image: props.image!, modelData: props.modelData! };
    const configurations = [on('2xlarge', own), on('12xlarge', own)];
    const given = Template.fromStack(stackOf({ image: undefined, modelData: undefined, configurations }));
    expect(Object.keys(given.findParameters('*'))).toEqual(['BootstrapVersion']);
  });

  const traffic = (change: Partial<ComparisonStackProps['traffic']>) => ({ traffic: { ...props.traffic, ...change } });
  it.each<[string, Partial<ComparisonStackProps>, RegExp]>([
    ['one configuration', { configurations: [on('xlarge')] }, /1 configurations: a comparison takes 2 to 5/],
    [
      'six configurations',
      { configurations: ['xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge', '16xlarge'].map((size) => on(size)) },
      /6 configurations.*Keep the best 5/,
    ],
    ['the same twice', { configurations: [on('xlarge'), on('xlarge')] }, /ml.g4dn.xlarge is compared with itself/],
    ['no instances', { configurations: [on('xlarge', { instances: 0 }), on('2xlarge')] }, /has 0 instances/],
    [
      'another target',
      {
        configurations: [
          on('xlarge'),
          on('2xlarge', { configuration: { ...deploy!, id: 'x@ec2/c7g', target: 'ec2' } }),
        ],
      },
      /x@ec2\/c7g is not on SageMaker/,
    ],
    ['an end before the traffic is over', { expiresAt: '2026-12-01T12:31:00Z' }, /traffic ends by 2026-12-01T12:32:00/],
    ['an end far away', { expiresAt: '2027-01-01T00:00:00Z' }, /up to a week later/],
    ['a local time', { expiresAt: '2026-12-01T13:00:00+01:00' }, /expiresAt is "2026.*Expected a moment in UTC/],
    ['a day that does not exist', traffic({ startsAt: '2026-13-01T12:00:00Z' }), /startsAt is "2026-13/],
    ['endless load', traffic({ duration: Duration.hours(25) }), /duration is 90000 s. It takes 60 s to 24 hours/],
    ['no load', traffic({ requestsPerMinute: 0 }), /requestsPerMinute is 0/],
  ])('refuses %s', (_, change, message) => {
    expect(() => stackOf(change)).toThrow(message);
  });
});

describe('comparedConfigurations', () => {
  it('takes the choice of each recommendation in the fleet that it states', () => {
    const other = recommendation002({
      deploy: on('12xlarge').configuration,
      fleet: { atCapacity: { instances: 6, usdPerHour: 29.34 }, atTarget: { instances: 9, usdPerHour: 44.01 } },
    });
    expect(comparedConfigurations([recommendation002(), other, recommendation002()])).toEqual([
      { configuration: deploy, instances: 33, usdPerHour: 0.94 },
      { configuration: on('12xlarge').configuration, instances: 9, usdPerHour: 4.89 },
    ]);
  });

  it('says which recommendation has nothing to deploy', () => {
    const empty = recommendation002({ choice: null, deploy: null, sentence: 'none meets 5 ms' });
    expect(() => comparedConfigurations([recommendation002(), empty])).toThrow(/chose nothing \(none meets 5 ms\)/);
  });
});
