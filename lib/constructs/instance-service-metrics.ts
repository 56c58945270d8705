import { Duration } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { InstanceService } from './instance-service.ts';
import { errorRate, type ServiceMetrics } from './service-metrics.ts';

const period = Duration.minutes(1);

/**
 * What the load balancer and Container Insights publish of a service, for `ServiceAlarms` and `ServiceDashboard`. The
 * latency ends at the task: it is the time that the balancer waited for it, in seconds.
 *
 * @param percentile of the SLO, for example 95
 */
export function instanceServiceMetrics(service: InstanceService, percentile: number): ServiceMetrics {
  const requests = service.metricRequests({ period });
  return {
    latency: service.metricLatency({ period, statistic: Stats.percentile(percentile) }),
    latencyUnitsPerMs: 0.001,
    requests,
    errorRate: errorRate(service.metricErrors({ period }), requests),
    requestsPerInstance: service.metricRequestsPerTarget({ period }),
    instances: service.metricRunningTasks({ period }),
    desiredInstances: service.metricDesiredTasks({ period }),
  };
}
