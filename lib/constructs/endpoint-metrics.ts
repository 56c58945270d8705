import { Duration } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { InferenceEndpoint } from './inference-endpoint.ts';
import { errorRate, type ServiceMetrics } from './service-metrics.ts';

const period = Duration.minutes(1);

/**
 * What SageMaker publishes of an endpoint, for `ServiceAlarms` and `ServiceDashboard`. It publishes no number of
 * instances; but each request adds 1/instances to `InvocationsPerInstance` (SageMaker API, `ScalingPolicyMetric`), so the
 * requests divided by that sum are the instances that served them. Without requests there is no figure.
 *
 * @param percentile of the SLO, for example 95
 */
export function endpointMetrics(endpoint: InferenceEndpoint, percentile: number): ServiceMetrics {
  const requests = endpoint.metricInvocations({ period });
  const requestsPerInstance = endpoint.metricInvocationsPerInstance({ period });
  return {
    latency: endpoint.metricModelLatency({ period, statistic: `p${percentile}` }),
    latencyUnitsPerMs: 1000,
    requests,
    requestsPerInstance,
    errorRate: errorRate(endpoint.metricInvocation5xxErrors({ period }), requests),
    instances: new MathExpression({
      expression: 'invocations / perInstance',
      usingMetrics: { invocations: requests, perInstance: requestsPerInstance },
      label: 'instances that serve',
      period,
    }),
  };
}
