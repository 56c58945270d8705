import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IAlarm,
  type IWidget,
  MathExpression,
  Shading,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Slo } from '../core/recommend/goal.ts';
import type { ServiceMetrics } from './service-metrics.ts';

export interface ServiceView {
  /** What the figures are of, in one line: configuration, instance type. */
  readonly title: string;
  readonly metrics: ServiceMetrics;
  /** Drawn as a line over latency and errors. */
  readonly slo: Slo;
  /** Price of one instance; null when unknown, which the dashboard then says instead of a cost. */
  readonly usdPerHour: number | null;
  /**
   * Items that a request carries.
   *
   * @default 1
   */
  readonly itemsPerRequest?: number;
  /**
   * Bounds of scaling, drawn over the instances.
   *
   * @default - none
   */
  readonly capacity?: { readonly min: number; readonly max: number };
  /**
   * Shown on top.
   *
   * @default - none
   */
  readonly alarms?: readonly IAlarm[];
}

/** One page for one service: is it up, fast and right, how many instances, and what a million items cost at this moment. */
export class ServiceDashboard extends Construct {
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, view: ServiceView) {
    super(scope, id);
    this.dashboard = new Dashboard(this, 'Dashboard', { defaultInterval: Duration.hours(12), widgets: rowsOf(view) });
  }
}

/** USD per million items at the moment: instances x price / items per hour x 10^6. The period of the graph cancels out. */
export function usdPerMillionNow(
  { requests, instances }: ServiceMetrics,
  usdPerHour: number,
  itemsPerRequest = 1,
): MathExpression {
  return new MathExpression({
    expression: `IF(sent > 0, running * ${usdPerHour} / (sent * ${itemsPerRequest} * 3600 / PERIOD(sent)) * 1000000)`,
    usingMetrics: { sent: requests, running: instances },
    label: 'USD per million items',
    period: Duration.minutes(1),
  });
}

/** Rows of one service; a dashboard may hold several. The region is the stack's own. */
export function rowsOf({ title, metrics, slo, capacity, alarms = [], ...cost }: ServiceView): IWidget[][] {
  const graph = { width: 8, height: 6 };
  const latencyMs = new MathExpression({
    expression: `raw / ${metrics.latencyUnitsPerMs}`,
    usingMetrics: { raw: metrics.latency },
    label: `p${slo.percentile}`,
    period: Duration.minutes(1),
  });
  return [
    [new TextWidget({ markdown: `## ${title}`, width: 24, height: 1 })],
    ...(alarms.length > 0
      ? [[new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 24, height: 2 })]]
      : []),
    [
      new GraphWidget({ ...graph, title: 'Requests', left: [metrics.requests], leftYAxis: { min: 0 } }),
      new GraphWidget({
        ...graph,
        title: 'Latency, ms',
        left: [latencyMs],
        leftYAxis: { min: 0, label: 'ms', showUnits: false },
        leftAnnotations: [{ value: slo.latencyMs, label: `limit ${slo.latencyMs} ms`, color: '#d62728' }],
      }),
      new GraphWidget({
        ...graph,
        title: 'Share of failed requests',
        left: [metrics.errorRate],
        leftYAxis: { min: 0, showUnits: false },
        leftAnnotations: [{ value: slo.maxErrorRate, label: `limit ${slo.maxErrorRate}`, color: '#d62728' }],
      }),
    ],
    [
      new GraphWidget({
        ...graph,
        width: 12,
        title: 'Instances',
        left: metrics.desiredInstances ? [metrics.instances, metrics.desiredInstances] : [metrics.instances],
        leftYAxis: { min: 0, showUnits: false },
        leftAnnotations: capacity && [
          { value: capacity.min, label: `minimum ${capacity.min}`, fill: Shading.NONE },
          { value: capacity.max, label: `maximum ${capacity.max}`, fill: Shading.NONE },
        ],
      }),
      costWidget(metrics, cost),
    ],
  ];
}

function costWidget(metrics: ServiceMetrics, cost: Pick<ServiceView, 'usdPerHour' | 'itemsPerRequest'>): IWidget {
  const { usdPerHour, itemsPerRequest = 1 } = cost;
  const size = { width: 12, height: 6 };
  if (usdPerHour === null)
    return new TextWidget({
      ...size,
      markdown:
        '### USD per million items: unknown\nThe recommendation holds no price for this instance type. State one under `prices:` in the experiment and recommend again.',
    });
  return new GraphWidget({
    ...size,
    title: `USD per million items, at ${usdPerHour} USD per instance and hour`,
    left: [usdPerMillionNow(metrics, usdPerHour, itemsPerRequest)],
    leftYAxis: { min: 0, label: 'USD', showUnits: false },
  });
}
