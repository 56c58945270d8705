import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import { endpointMetrics } from '../../lib/constructs/endpoint-metrics.ts';
import { ServiceAlarms, type ServiceAlarmsProps } from '../../lib/constructs/service-alarms.ts';
import type { ServiceMetrics } from '../../lib/constructs/service-metrics.ts';
import { endpointWith } from '../support/endpoint.ts';

const slo = { percentile: 95, latencyMs: 500, maxErrorRate: 0.001 };
const common = { slo, targetPerInstance: 700, maxCapacity: 9, trafficExpected: true };

function onEndpoint(change: (stack: Stack) => Partial<ServiceAlarmsProps> = () => ({})) {
  const { stack, endpoint, template } = endpointWith();
  const metrics = endpointMetrics(endpoint, slo.percentile);
  const alarms = new ServiceAlarms(stack, 'Alarms', { metrics, ...common, ...change(stack) });
  return { alarms, template: template() };
}

/** What an ECS service behind a balancer would hand in. */
function onBalancer(change: Partial<ServiceMetrics> = {}) {
  const stack = new Stack(new App(), 'Test');
  const metric = (metricName: string) => new Metric({ namespace: 'Balancer', metricName });
  const alarms = new ServiceAlarms(stack, 'Alarms', {
    ...common,
    metrics: {
      latency: metric('TargetResponseTime'),
      latencyUnitsPerMs: 0.001,
      requests: metric('RequestCount'),
      errorRate: metric('Errors'),
      requestsPerInstance: metric('RequestCountPerTarget'),
      instances: metric('RunningTaskCount'),
      desiredInstances: metric('DesiredTaskCount'),
      ...change,
    },
  });
  return { alarms, template: Template.fromStack(stack) };
}

const expressionsOf = (template: Template, id: string) => {
  const [alarm] = Object.entries(template.findResources('AWS::CloudWatch::Alarm')).filter(([key]) =>
    key.startsWith(id),
  );
  return (alarm![1]['Properties'].Metrics as { Id: string; Expression?: string; ReturnData?: boolean }[]).filter(
    ({ Expression }) => Expression,
  );
};

describe('ServiceAlarms', () => {
  it('compares the latency in the unit that the service counts in', () => {
    const latency = { ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: 5, DatapointsToAlarm: 3 };
    onEndpoint().template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...latency,
      MetricName: 'ModelLatency',
      ExtendedStatistic: 'p95',
      Period: 60,
      Threshold: 500_000,
      TreatMissingData: 'notBreaching',
    });
    onBalancer().template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...latency,
      MetricName: 'TargetResponseTime',
      Threshold: 0.5,
    });
  });

  it('compares failed requests with all of them', () => {
    const { template } = onEndpoint();
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Threshold: 0.001,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      Metrics: Match.arrayWith([
        Match.objectLike({ Expression: 'IF(requests > 0, failed / requests, 0)', ReturnData: true }),
        Match.objectLike({
          Id: 'failed',
          MetricStat: Match.objectLike({
            Metric: Match.objectLike({ MetricName: 'Invocation5XXErrors' }),
            Stat: 'Sum',
          }),
          ReturnData: false,
        }),
      ]),
    });
  });

  it('sees a refused scale-out in load that stays over the target below the maximum', () => {
    const { template } = onEndpoint();
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: Match.stringLikeRegexp('failed scaling activities \\(quota, capacity\\)'),
      EvaluationPeriods: 15,
      DatapointsToAlarm: Match.absent(),
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
    });
    expect(expressionsOf(template, 'AlarmsScaleOutRefused').map(({ Expression }) => Expression)).toEqual([
      'IF(load > 770 AND running < 8.5, 1, 0)',
      'invocations / perInstance',
    ]);
  });

  it('tells a fleet at its maximum from a refused one', () => {
    expect(expressionsOf(onEndpoint().template, 'AlarmsAtMaximum')[0]!.Expression).toBe(
      'IF(load > 770 AND running >= 8.5, 1, 0)',
    );
  });

  it('compares with the desired count where one is published', () => {
    expect(expressionsOf(onBalancer().template, 'AlarmsScaleOutRefused')[0]!.Expression).toBe(
      'IF(desired - running > 0.5, 1, 0)',
    );
  });

  it('gives scaling as long as it takes', () => {
    const { template } = onEndpoint(() => ({ scaleOutGrace: Duration.minutes(25) }));
    const periods = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(
      ({ Properties }) => Properties.EvaluationPeriods as number,
    );
    expect(periods.filter((minutes) => minutes === 25)).toHaveLength(2);
  });

  it('takes silence for a fault where requests are expected, and only there', () => {
    const silent = {
      MetricName: 'Invocations',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      EvaluationPeriods: 15,
      TreatMissingData: 'breaching',
    };
    onEndpoint().template.hasResourceProperties('AWS::CloudWatch::Alarm', silent);
    const quiet = onEndpoint(() => ({ trafficExpected: false }));
    quiet.template.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { TreatMissingData: 'breaching' }, 0);
    expect([quiet.alarms.silent, quiet.alarms.all.length]).toEqual([null, 4]);
  });

  it('tells whoever is named of every alarm and of its end', () => {
    const { template, alarms } = onEndpoint((stack) => ({ actions: [new SnsAction(new Topic(stack, 'Topic'))] }));
    const told = [{ Ref: Match.stringLikeRegexp('^Topic') }];
    template.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { AlarmActions: told, OKActions: told }, 5);
    expect(alarms.all).toHaveLength(5);
    onEndpoint().template.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { AlarmActions: Match.absent() }, 5);
  });

  it('has no fixed names', () => {
    onEndpoint().template.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { AlarmName: Match.absent() }, 5);
  });
});
