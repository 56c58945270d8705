import { Duration } from 'aws-cdk-lib';
import {
  Dashboard,
  GraphWidget,
  LogQueryWidget,
  MathExpression,
  PeriodOverride,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { namePrefix } from '../core/plan/tags.ts';

export interface SweepDashboardProps {
  /** Of hosts and their containers. */
  readonly hostLogs: ILogGroup;
  /** Of load generators. */
  readonly loadLogs: ILogGroup;
}

/** What runs now: trial endpoints as they come and go, hosts as they start or fail, load generators as they speak. */
export class SweepDashboard extends Dashboard {
  constructor(scope: Construct, id: string, { hostLogs, loadLogs }: SweepDashboardProps) {
    super(scope, id, { periodOverride: PeriodOverride.AUTO, defaultInterval: Duration.hours(3) });
    this.addWidgets(
      new TextWidget({
        width: 24,
        height: 2,
        markdown:
          'Trials that run now. These are the services’ own metrics, by the minute; the figures that rank come from the load generator: `infersweep report`.',
      }),
    );
    this.addWidgets(
      endpoints('Invocations per minute', invocation('Invocations', 'Sum')),
      endpoints('Model latency p95, microseconds', invocation('ModelLatency', 'p95')),
      endpoints('Server errors', invocation('Invocation5XXErrors', 'Sum')),
      endpoints('GPU, % of all GPUs', resource('GPUUtilization')),
    );
    this.addWidgets(
      new LogQueryWidget({
        title: 'EC2 hosts: start-up and failures',
        logGroupNames: [hostLogs.logGroupName],
        width: 12,
        queryLines: [
          'fields @timestamp, @logStream, event, reason',
          'filter ispresent(event)',
          'sort @timestamp desc',
          'limit 50',
        ],
      }),
      new LogQueryWidget({
        title: 'Load generators',
        logGroupNames: [loadLogs.logGroupName],
        width: 12,
        queryLines: ['fields @timestamp, @logStream, @message', 'sort @timestamp desc', 'limit 50'],
      }),
    );
  }
}

/** A search and no list: the endpoints of a trial are not known when the dashboard is made. */
const invocation = (metric: string, statistic: string) => search('AWS/SageMaker', metric, statistic);
const resource = (metric: string) => search('/aws/sagemaker/Endpoints', metric, 'Average');

function search(namespace: string, metric: string, statistic: string): string {
  return `SEARCH('{${namespace},EndpointName,VariantName} MetricName="${metric}" EndpointName=${namePrefix.replace('-', '')}', '${statistic}', 60)`;
}

function endpoints(title: string, expression: string): GraphWidget {
  return new GraphWidget({
    title,
    width: 6,
    left: [new MathExpression({ expression, label: '', usingMetrics: {}, period: Duration.minutes(1) })],
  });
}
