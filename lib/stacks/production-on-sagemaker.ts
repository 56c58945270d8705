/** A SageMaker endpoint that scales by the measured capacity, watches its SLO and takes bad updates back. */
import { Annotations, CfnOutput, Duration, type Stack } from 'aws-cdk-lib';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { type FallbackPool, measuredFallback } from '../constructs/endpoint-capacity-fallback.ts';
import { endpointMetrics } from '../constructs/endpoint-metrics.ts';
import { EndpointScaling } from '../constructs/endpoint-scaling.ts';
import { InferenceEndpoint } from '../constructs/inference-endpoint.ts';
import { InferenceModel } from '../constructs/inference-model.ts';
import type { ServiceAlarms } from '../constructs/service-alarms.ts';
import { inferenceAmiOf } from '../core/catalog/host.ts';
import type { Recommendation } from '../core/recommend/recommendation.ts';
import type { Deployable } from './deployable.ts';
import { fleetCost, scalingEvidence } from './evidence.ts';
import { imageParameter, modelParameters, runtimeEnvironment } from './production-inputs.ts';
import type { ProductionStackProps } from './production-stack.ts';
import { watch } from './production-watch.ts';

export interface SageMakerProduction {
  readonly endpoint: InferenceEndpoint;
  readonly alarms: ServiceAlarms;
}

export function productionOnSageMaker(
  stack: Stack,
  found: Deployable,
  { recommendation, ...props }: ProductionStackProps,
): SageMakerProduction {
  const { configuration, scaling } = found;
  const { slo } = recommendation;
  checkQuota(stack, found, props.quotaInstances);
  const endpoint = new InferenceEndpoint(stack, 'Endpoint', {
    model: new InferenceModel(stack, 'Model', {
      image: props.image ?? imageParameter(stack),
      modelData: props.modelData ?? modelParameters(stack),
      environment: { ...runtimeEnvironment(configuration), ...props.environment },
      role: props.role,
      vpc: props.vpc,
      vpcSubnets: props.vpcSubnets,
      securityGroups: props.securityGroups,
    }),
    instanceType: configuration.instanceType,
    initialInstanceCount: scaling.initialCapacity,
    inferenceAmiVersion: inferenceAmiOf(configuration),
    volumeKey: props.volumeKey,
    rollout: { slo, minimumInstances: scaling.minCapacity, ...props.rollout },
    capacityFallback: fallbackOf(recommendation, props.capacityFallback),
    metricFrequency: props.metricFrequency,
  });
  const policy = new EndpointScaling(stack, 'Scaling', {
    endpoint,
    track: props.track ?? { kind: 'invocations', perInstancePerMinute: scaling.targetValue },
    minCapacity: scaling.minCapacity,
    maxCapacity: scaling.maxCapacity,
    quotaInstances: props.quotaInstances,
    scaleOutCooldown: Duration.seconds(scaling.scaleOutCooldownS),
    scaleInCooldown: Duration.seconds(scaling.scaleInCooldownS),
    evidence: scalingEvidence(recommendation, found),
  });
  const alarms = watch(stack, recommendation, found, {
    metrics: endpointMetrics(endpoint, slo.percentile),
    targetPerInstance: scaling.targetValue,
    capacity: { min: scaling.minCapacity, max: policy.maxCapacity },
    alarmTopic: props.alarmTopic,
  });
  const published = new StringParameter(stack, 'EndpointName', {
    parameterName: props.endpointParameterName ?? `/infersweep/${stack.stackName}/endpoint-name`,
    stringValue: endpoint.endpointName,
    description: `Endpoint that serves ${configuration.id} of ${recommendation.experiment}`,
  });

  const output = (key: string, value: string, description: string) =>
    new CfnOutput(stack, `${key}Output`, { key, value, description });
  output('EndpointName', endpoint.endpointName, 'Endpoint that takes the requests');
  output('EndpointNameParameter', published.parameterName, 'SSM parameter that callers read the endpoint name from');
  output('ScalingPolicy', `${scaling.minCapacity}..${policy.maxCapacity} instances`, policy.description);
  output('FleetCost', fleetCost(recommendation), 'Of the fleet that serves the expected demand at the target');
  return { endpoint, alarms };
}

function fallbackOf(
  recommendation: Recommendation,
  asked: ProductionStackProps['capacityFallback'],
): readonly FallbackPool[] | undefined {
  if (asked !== 'measured') return asked;
  const found = measuredFallback(recommendation);
  if (found.length > 0) return found;
  throw new Error(
    `capacityFallback: 'measured' finds no instance type in the recommendation of "${recommendation.experiment}" that runs ${recommendation.choice?.configuration} on the same hardware inside the SLO. ` +
      'Measure more instance types, name them yourself, or leave capacityFallback out.',
  );
}

/** The fleet of the expected demand must start at all; the peak may be cut, with a warning. */
function checkQuota(stack: Stack, { configuration, scaling }: Deployable, quotaInstances: number | undefined): void {
  if (quotaInstances === undefined) return;
  const { initialCapacity } = scaling;
  if (quotaInstances < initialCapacity)
    throw new Error(
      `the quota of ${quotaInstances} x ${configuration.instanceType} is below the ${initialCapacity} that the expected demand needs. ` +
        'Have it raised in Service Quotas (SageMaker, "for endpoint usage"), then deploy again.',
    );
  if (quotaInstances < 2 * initialCapacity)
    Annotations.of(stack).addWarningV2(
      'infersweep:quota-below-update',
      `the quota of ${quotaInstances} x ${configuration.instanceType} cannot hold two fleets of ${initialCapacity}: an update starts the new fleet beside the old one and will be refused. Have it raised, or update while fewer instances run.`,
    );
}
