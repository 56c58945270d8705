import { Duration } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import type { EndpointRollout } from '../../lib/constructs/endpoint-rollout.ts';
import { endpointWith, only, type Properties } from '../support/endpoint.ts';

const slo = { percentile: 95, latencyMs: 500, maxErrorRate: 0.001 };

function guarded(rollout: Partial<EndpointRollout> = {}, instanceType = 'ml.g4dn.xlarge', initialInstanceCount = 10) {
  const made = endpointWith(() => ({ instanceType, initialInstanceCount, rollout: { slo, ...rollout } }));
  const template = made.template();
  return { ...made, template, endpoint: only(template, 'AWS::SageMaker::Endpoint').properties };
}

const policyOf = (endpoint: Properties) => endpoint['DeploymentConfig'].BlueGreenUpdatePolicy;
const canaryOf = (rollout: Partial<EndpointRollout>, count?: number) =>
  policyOf(guarded(rollout, undefined, count).endpoint).TrafficRoutingConfiguration;

describe('an update of an endpoint', () => {
  it('goes to a canary first and is taken back by alarms that exist before it', () => {
    const { endpoint, template } = guarded();
    expect(policyOf(endpoint)).toEqual({
      TrafficRoutingConfiguration: {
        Type: 'CANARY',
        CanarySize: { Type: 'CAPACITY_PERCENT', Value: 20 },
        WaitIntervalInSeconds: 600,
      },
      TerminationWaitInSeconds: 600,
      MaximumExecutionTimeoutInSeconds: 4800,
    });
    const named = endpoint['DeploymentConfig'].AutoRollbackConfiguration.Alarms.map(
      ({ AlarmName }: { AlarmName: { Ref: string } }) => AlarmName.Ref,
    );
    expect(named.sort()).toEqual(Object.keys(template.findResources('AWS::CloudWatch::Alarm')).sort());
    expect(named).toHaveLength(2);
  });

  it('is judged by the new fleet alone, in microseconds', () => {
    const { template, endpoint } = guarded();
    const config = only(template, 'AWS::SageMaker::EndpointConfig').id;
    const fleet = [
      { Name: 'EndpointConfigName', Value: { 'Fn::GetAtt': [config, 'EndpointConfigName'] } },
      { Name: 'EndpointName', Value: endpoint['EndpointName'] },
      { Name: 'VariantName', Value: 'AllTraffic' },
    ];
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'ModelLatency',
      ExtendedStatistic: 'p95',
      Threshold: 500_000,
      ComparisonOperator: 'GreaterThanThreshold',
      Period: 60,
      EvaluationPeriods: 5,
      DatapointsToAlarm: 3,
      TreatMissingData: 'notBreaching',
      Dimensions: fleet,
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Threshold: 0.001,
      Metrics: Match.arrayWith([
        Match.objectLike({ Expression: 'IF(requests > 0, failed / requests, 0)', ReturnData: true }),
        Match.objectLike({
          Id: 'failed',
          MetricStat: Match.objectLike({
            Metric: Match.objectLike({ MetricName: 'Invocation5XXErrors', Dimensions: fleet }),
          }),
        }),
      ]),
    });
  });

  it('knows its endpoint by a name that changes with stack and instance type', () => {
    const name = (instanceType: string, stack = 'Test') =>
      only(endpointWith(() => ({ instanceType, rollout: { slo } }), stack).template(), 'AWS::SageMaker::Endpoint')
        .properties['EndpointName'] as string;
    const names = [name('ml.g4dn.xlarge'), name('ml.g4dn.2xlarge'), name('ml.g4dn.xlarge', 'x'.repeat(120))];
    expect(new Set(names).size).toBe(3);
    expect(names[0]).toMatch(/^test-/);
    for (const one of names) expect(one).toMatch(/^[a-z0-9](-*[a-z0-9]){0,62}$/);
  });

  it('lets SageMaker read these alarms and nothing else, and waits for that', () => {
    const { template } = guarded();
    const [policy, { Properties }] = Object.entries(
      template.findResources('AWS::IAM::Policy', {
        Properties: { PolicyDocument: { Statement: [{ Action: 'cloudwatch:DescribeAlarms' }] } },
      }),
    )[0]!;
    const alarms = Object.keys(template.findResources('AWS::CloudWatch::Alarm'));
    expect(Properties.PolicyDocument.Statement).toEqual([
      {
        Action: 'cloudwatch:DescribeAlarms',
        Effect: 'Allow',
        Resource: alarms.map((alarm) => ({ 'Fn::GetAtt': [alarm, 'Arn'] })),
      },
    ]);
    template.hasResource('AWS::SageMaker::Endpoint', { DependsOn: Match.arrayWith([policy]) });
    // The model must not wait for it: alarms wait for the configuration, and that for the model.
    template.hasResource('AWS::SageMaker::Model', { DependsOn: Match.not(Match.arrayWith([policy])) });
  });

  it.each([
    [{ minimumInstances: 2 }, { Type: 'INSTANCE_COUNT', Value: 1 }],
    [{ minimumInstances: 4 }, { Type: 'INSTANCE_COUNT', Value: 1 }],
    [{ minimumInstances: 5 }, { Type: 'CAPACITY_PERCENT', Value: 20 }],
    [
      { minimumInstances: 2, canaryPercent: 50 },
      { Type: 'CAPACITY_PERCENT', Value: 50 },
    ],
  ])('takes a canary of at least one instance and at most half: %o', (rollout, size) => {
    expect(canaryOf(rollout)).toMatchObject({ Type: 'CANARY', CanarySize: size });
  });

  it('moves all traffic at once where there is one instance, still taken back', () => {
    const { endpoint } = guarded({}, undefined, 1);
    expect(policyOf(endpoint)).toEqual({
      TrafficRoutingConfiguration: { Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: 600 },
      TerminationWaitInSeconds: 600,
      MaximumExecutionTimeoutInSeconds: 4800,
    });
    expect(endpoint['DeploymentConfig'].AutoRollbackConfiguration.Alarms).toHaveLength(2);
  });

  it('has no guardrails on Inferentia 1, and says so', () => {
    const { endpoint, template, stack } = guarded({}, 'ml.inf1.xlarge');
    expect(endpoint['DeploymentConfig']).toBeUndefined();
    template.resourceCountIs('AWS::CloudWatch::Alarm', 0);
    Annotations.fromStack(stack).hasInfo('*', Match.stringLikeRegexp('no canary and no rollback for ml.inf1.xlarge'));
    expect(guarded({}, 'ml.inf2.xlarge').endpoint['DeploymentConfig']).toBeDefined();
  });

  it.each([
    [{ canaryPercent: 51 }, /canaryPercent is 51. SageMaker takes whole percents from 1 to 50/],
    [{ canaryPercent: 0 }, /canaryPercent is 0/],
    [{ bake: Duration.minutes(4) }, /bake is 4 minutes. It takes 5 to 60/],
    [{ bake: Duration.minutes(61) }, /bake is 61 minutes/],
  ])('refuses %o', (rollout, message) => {
    expect(() => guarded(rollout)).toThrow(message);
  });

  it('is all at once and unwatched without a word about it', () => {
    const template = endpointWith().template();
    template.hasResourceProperties('AWS::SageMaker::Endpoint', {
      DeploymentConfig: Match.absent(),
      EndpointName: Match.absent(),
    });
  });
});
