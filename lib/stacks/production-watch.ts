/** What an operator sees of a service in production, wherever it runs: alarms and a dashboard. */
import type { Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { ServiceAlarms } from '../constructs/service-alarms.ts';
import { ServiceDashboard } from '../constructs/service-dashboard.ts';
import type { ServiceMetrics } from '../constructs/service-metrics.ts';
import type { Recommendation } from '../core/recommend/recommendation.ts';
import type { Deployable } from './deployable.ts';
import { fleetPrice, itemsPerRequest } from './evidence.ts';

export interface Watched {
  readonly metrics: ServiceMetrics;
  /** Requests per instance and minute that scaling holds. */
  readonly targetPerInstance: number;
  /** Bounds that scaling keeps. */
  readonly capacity: { readonly min: number; readonly max: number };
  readonly alarmTopic: ITopic | undefined;
}

export function watch(
  stack: Stack,
  recommendation: Recommendation,
  { configuration }: Deployable,
  { metrics, targetPerInstance, capacity, alarmTopic }: Watched,
): ServiceAlarms {
  const { slo } = recommendation;
  const alarms = new ServiceAlarms(stack, 'Alarms', {
    metrics,
    slo,
    targetPerInstance,
    maxCapacity: capacity.max,
    trafficExpected: (recommendation.demand?.low ?? 0) > 0,
    actions: alarmTopic && [new SnsAction(alarmTopic)],
  });
  new ServiceDashboard(stack, 'Dashboard', {
    title: `${configuration.id} of ${recommendation.experiment}`,
    metrics,
    slo,
    usdPerHour: fleetPrice(recommendation),
    itemsPerRequest: itemsPerRequest(recommendation),
    capacity,
    alarms: alarms.all,
  });
  return alarms;
}
