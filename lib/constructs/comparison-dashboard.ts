import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, MathExpression, Metric, Stats, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Slo } from '../core/recommend/goal.ts';
import { endpointMetrics } from './endpoint-metrics.ts';
import type { InferenceEndpoint } from './inference-endpoint.ts';
import { rowsOf } from './service-dashboard.ts';

/** A fleet of fixed size under comparison. */
export interface ComparedService {
  /** `trt-db@sagemaker/ml.g4dn.2xlarge` */
  readonly id: string;
  readonly endpoint: InferenceEndpoint;
  readonly instances: number;
  /** Of one instance; null when unknown: then it is not metered, and the dashboard says so. */
  readonly usdPerHour: number | null;
}

export interface ComparisonDashboardProps {
  readonly title: string;
  readonly slo: Slo;
  readonly services: readonly ComparedService[];
  /** Shown below the title: what ends, and when. */
  readonly notice: string;
  /** Time that the graphs cover at first; what was spent is summed over it. */
  readonly span: Duration;
}

const period = Duration.minutes(1);

/** All configurations in the same graphs: latency against the limit, cost per million, dollars so far; then each by itself. */
export class ComparisonDashboard extends Construct {
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, { title, slo, services, notice, span }: ComparisonDashboardProps) {
    super(scope, id);
    const metrics = services.map(({ endpoint }) => endpointMetrics(endpoint, slo.percentile));
    const graph = { width: 8, height: 7 };
    const red = '#d62728';
    this.dashboard = new Dashboard(this, 'Dashboard', {
      defaultInterval: span,
      widgets: [
        [
          new TextWidget({
            markdown: [`# ${title}`, notice, ...unpriced(services)].join('\n\n'),
            width: 24,
            height: 4,
          }),
        ],
        [
          new GraphWidget({
            ...graph,
            title: `Latency at p${slo.percentile}, microseconds`,
            left: services.map(({ id: label, endpoint }) =>
              endpoint.metricModelLatency({ statistic: `p${slo.percentile}`, period, label }),
            ),
            leftYAxis: { min: 0, showUnits: false },
            leftAnnotations: [{ value: slo.latencyMs * 1000, label: `limit ${slo.latencyMs} ms`, color: red }],
          }),
          new GraphWidget({
            ...graph,
            title: 'USD per million requests',
            left: services.flatMap((service, at) => usdPerMillion(service, at)),
            leftYAxis: { min: 0, label: 'USD', showUnits: false },
          }),
          new GraphWidget({
            ...graph,
            title: 'USD so far, in the time shown',
            left: services.flatMap((service, at) => usdSoFar(service, at)),
            leftYAxis: { min: 0, label: 'USD', showUnits: false },
          }),
        ],
        ...services.flatMap((service, at) =>
          rowsOf({ title: service.id, metrics: metrics[at]!, slo, usdPerHour: service.usdPerHour }),
        ),
      ],
    });
  }
}

/** The fleet does not scale, so that its size is known and idle time counts too. */
function usdPerMillion({ id, endpoint, instances, usdPerHour }: ComparedService, at: number): MathExpression[] {
  if (usdPerHour === null) return [];
  const sent = `sent${at}`;
  return [
    new MathExpression({
      expression: `IF(${sent} > 0, ${instances * usdPerHour} / (${sent} * 3600 / PERIOD(${sent})) * 1000000)`,
      usingMetrics: { [sent]: endpoint.metricInvocations({ period }) },
      label: id,
      period,
    }),
  ];
}

/**
 * Metered while instances report their processors, with or without requests. The bill lags by a day and begins some minutes
 * earlier, when the instances start.
 */
function usdSoFar({ id, endpoint, instances, usdPerHour }: ComparedService, at: number): MathExpression[] {
  if (usdPerHour === null) return [];
  const alive = `alive${at}`;
  const reports = new Metric({
    namespace: '/aws/sagemaker/Endpoints',
    metricName: 'CPUUtilization',
    dimensionsMap: { EndpointName: endpoint.endpointName, VariantName: endpoint.variantName },
    statistic: Stats.SAMPLE_COUNT,
    period,
  });
  return [
    new MathExpression({
      expression: `RUNNING_SUM(IF(FILL(${alive}, 0) > 0, ${instances * usdPerHour} * PERIOD(${alive}) / 3600, 0))`,
      usingMetrics: { [alive]: reports },
      label: id,
      period,
    }),
  ];
}

function unpriced(services: readonly ComparedService[]): string[] {
  const names = services.filter(({ usdPerHour }) => usdPerHour === null).map(({ id }) => id);
  return names.length === 0 ? [] : [`Not metered, because no price is known: ${names.join(', ')}.`];
}
