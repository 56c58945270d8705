import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';

/**
 * What a fleet tells about itself, whatever serves it: a SageMaker endpoint or an ECS service behind a balancer. Every
 * metric has a period of one minute; CDK warns where expressions change it.
 */
export interface ServiceMetrics {
  /** Latency at the percentile of the SLO, in the service's own unit. */
  readonly latency: IMetric;
  /** How many of that unit make a millisecond: 1000 for SageMaker's microseconds, 0.001 for a balancer's seconds. */
  readonly latencyUnitsPerMs: number;
  /** Requests, summed. */
  readonly requests: IMetric;
  /** Share of the requests that the service failed, 0 to 1. */
  readonly errorRate: IMetric;
  /** Requests per instance and minute: what scaling holds at its target. */
  readonly requestsPerInstance: IMetric;
  /** Instances that serve. */
  readonly instances: IMetric;
  /**
   * Instances that scaling asked for.
   *
   * @default - not published (SageMaker): a refused scale-out is told from load that stays over the target
   */
  readonly desiredInstances?: IMetric;
}

/** Failed requests over all of them, minute by minute; none failed where none came. Both are sums. */
export function errorRate(failed: IMetric, requests: IMetric): MathExpression {
  return new MathExpression({
    expression: 'IF(requests > 0, failed / requests, 0)',
    usingMetrics: { failed, requests },
    label: 'share of failed requests',
    period: Duration.minutes(1),
  });
}
