import { type Duration, Names, Resource, Token } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnEndpoint, CfnEndpointConfig, type EndpointReference, type IEndpoint } from 'aws-cdk-lib/aws-sagemaker';
import type { Construct } from 'constructs';
import { type FallbackPool, instancePools } from './endpoint-capacity-fallback.ts';
import {
  deploymentConfig,
  type EndpointRollout,
  hasGuardrails,
  RolloutAlarms,
  sayUnguarded,
} from './endpoint-rollout.ts';
import { assertInferenceAmi } from './inference-ami.ts';
import type { InferenceModel } from './inference-model.ts';
import { hasLocalStorage } from './instance-storage.ts';

export interface InferenceEndpointProps {
  /** What the instances run. */
  readonly model: InferenceModel;
  /** As SageMaker spells it: `ml.g4dn.2xlarge`. */
  readonly instanceType: string;
  /**
   * Instances at creation. Updates keep the number that autoscaling has arrived at.
   *
   * @default 1
   */
  readonly initialInstanceCount?: number;
  /**
   * SageMaker's name of the host image, which fixes driver and CUDA.
   *
   * @default - SageMaker's choice for the instance type
   */
  readonly inferenceAmiVersion?: string;
  /**
   * Key of the instances' volume. Families with local NVMe (g4dn, g5, g6, …) cannot take one: their disk is encrypted
   * by the hardware.
   *
   * @default - SageMaker's own key
   */
  readonly volumeKey?: IKey;
  /**
   * How long an instance may take from container start to its first good answer, 60 to 3,600 s.
   *
   * @default - SageMaker's
   */
  readonly startupTimeout?: Duration;
  /**
   * How long the download of the model may take, 60 to 3,600 s.
   *
   * @default - SageMaker's
   */
  readonly modelDownloadTimeout?: Duration;
  /**
   * How an update replaces the fleet: canary first, taken back by alarms on the new fleet. Not on Inf1, which SageMaker
   * always updates all at once.
   *
   * @default - all at once, unwatched
   */
  readonly rollout?: EndpointRollout;
  /**
   * Instance types to take, in this order, when `instanceType` cannot be had; at most four. The account needs a quota of
   * each, and what runs costs what its own type costs. For production only, never where something is measured.
   *
   * @default - none: without capacity the endpoint fails
   */
  readonly capacityFallback?: readonly FallbackPool[];
  /**
   * How long SageMaker tries to get instances, over all fallbacks: 5 minutes to 1 hour.
   *
   * @default - SageMaker's
   */
  readonly provisionTimeout?: Duration;
  /**
   * How often metrics are published: 10, 30, 60, 120, 180, 240 or 300 s. Any choice also turns on enhanced metrics (per
   * instance), without which requests are counted by the minute whatever is asked for. Costs CloudWatch metrics.
   *
   * @default - every minute, for the fleet as a whole
   */
  readonly metricFrequency?: Duration;
}

/** One model on a fleet of equal instances behind SageMaker's router. */
export class InferenceEndpoint extends Resource implements IEndpoint {
  /** SageMaker's name for the only fleet of this endpoint. */
  readonly variantName = 'AllTraffic';
  readonly endpointArn: string;
  readonly endpointName: string;
  readonly endpointRef: EndpointReference;
  readonly instanceType: string;

  constructor(scope: Construct, id: string, props: InferenceEndpointProps) {
    super(scope, id);
    assertInstanceType(props);
    this.instanceType = props.instanceType;
    const fallback = props.capacityFallback ?? [];
    const config = new CfnEndpointConfig(this, 'Config', {
      kmsKeyId: props.volumeKey?.keyArn,
      metricsConfig: props.metricFrequency && {
        enableEnhancedMetrics: true,
        metricPublishFrequencyInSeconds: publishSeconds(props.metricFrequency),
      },
      productionVariants: [
        {
          variantName: this.variantName,
          modelName: props.model.modelName,
          ...(fallback.length > 0
            ? { instancePools: instancePools(props.instanceType, fallback) }
            : { instanceType: props.instanceType }),
          variantInstanceProvisionTimeoutInSeconds: props.provisionTimeout && provisionSeconds(props.provisionTimeout),
          initialInstanceCount: props.initialInstanceCount ?? 1,
          initialVariantWeight: 1,
          inferenceAmiVersion: props.inferenceAmiVersion,
          containerStartupHealthCheckTimeoutInSeconds: props.startupTimeout?.toSeconds(),
          modelDataDownloadTimeoutInSeconds: props.modelDownloadTimeout?.toSeconds(),
          // The default is random, which queues on one instance while another idles.
          routingConfig: { routingStrategy: 'LEAST_OUTSTANDING_REQUESTS' },
        },
      ],
    });
    // The logical id carries the instance types: SageMaker refuses to change the type of a fleet that is registered for
    // autoscaling, and CloudFormation cannot deregister first (aws-cdk #29626). A new type is a new endpoint beside the
    // old one, so for some minutes the quota must hold both fleets.
    const types = [props.instanceType, ...fallback.map(({ instanceType }) => instanceType)];
    const endpoint = new CfnEndpoint(this, `Endpoint-${types.join('-')}`, {
      endpointConfigName: config.attrEndpointConfigName,
      // Otherwise every update throws the fleet back to its initial count.
      retainAllVariantProperties: true,
      // The template says how to deploy: true would repeat the last update's way and ignore this one's.
      retainDeploymentConfig: false,
    });
    if (props.rollout) this.guard(endpoint, config, { ...props, rollout: props.rollout });
    // The name as IAM sees it is lower case: Ref has it right, an ARN put together from the name would not.
    this.endpointArn = endpoint.ref;
    this.endpointRef = endpoint.endpointRef;
    this.endpointName = endpoint.attrEndpointName;
  }

  /**
   * Alarms that exist before the endpoint they watch, so its name must be known before CloudFormation makes one. Made from
   * the path, the instance types included, it changes with the logical id and stands in no replacement's way.
   */
  private guard(
    endpoint: CfnEndpoint,
    config: CfnEndpointConfig,
    { rollout, ...props }: InferenceEndpointProps & { rollout: EndpointRollout },
  ): void {
    if (!hasGuardrails(props.instanceType)) {
      sayUnguarded(this, props.instanceType);
      return;
    }
    // Lower case, as in the ARN: metrics are found under the exact spelling.
    endpoint.endpointName = Names.uniqueResourceName(endpoint, {
      maxLength: 63,
      separator: '-',
      allowedSpecialCharacters: '-',
    }).toLowerCase();
    const { alarms, permission } = new RolloutAlarms(this, 'Rollout', {
      ...rollout,
      endpointName: endpoint.endpointName,
      variantName: this.variantName,
      endpointConfigName: config.attrEndpointConfigName,
      role: props.model.role,
    });
    endpoint.node.addDependency(permission);
    endpoint.deploymentConfig = deploymentConfig(alarms, {
      minimumInstances: props.initialInstanceCount,
      ...rollout,
    });
  }

  /** Lets a principal send requests. */
  grantInvoke(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['sagemaker:InvokeEndpoint', 'sagemaker:InvokeEndpointWithResponseStream'],
      resourceArns: [this.endpointArn],
    });
  }

  /**
   * A metric that SageMaker publishes for this fleet every minute.
   *
   * @default - average over 5 minutes
   */
  metric(metricName: string, options?: MetricOptions): Metric {
    return new Metric({
      namespace: 'AWS/SageMaker',
      metricName,
      dimensionsMap: { EndpointName: this.endpointName, VariantName: this.variantName },
      ...options,
    }).attachTo(this);
  }

  /** Requests. Sum unless told otherwise. */
  metricInvocations(options?: MetricOptions): Metric {
    return this.metric('Invocations', { statistic: Stats.SUM, ...options });
  }

  /** Requests per instance: what target tracking holds at its target, per minute. Only its sum means anything. */
  metricInvocationsPerInstance(options?: MetricOptions): Metric {
    return this.metric('InvocationsPerInstance', { statistic: Stats.SUM, ...options });
  }

  /** Time in the container and on the way to it, in microseconds. */
  metricModelLatency(options?: MetricOptions): Metric {
    return this.metric('ModelLatency', options);
  }

  /** Time that SageMaker adds to the model's, in microseconds. */
  metricOverheadLatency(options?: MetricOptions): Metric {
    return this.metric('OverheadLatency', options);
  }

  /** Requests refused as the caller's fault. Sum unless told otherwise. */
  metricInvocation4xxErrors(options?: MetricOptions): Metric {
    return this.metric('Invocation4XXErrors', { statistic: Stats.SUM, ...options });
  }

  /** Requests that the server failed. Sum unless told otherwise. */
  metricInvocation5xxErrors(options?: MetricOptions): Metric {
    return this.metric('Invocation5XXErrors', { statistic: Stats.SUM, ...options });
  }
}

function assertInstanceType(props: InferenceEndpointProps): void {
  const { instanceType, volumeKey, initialInstanceCount, capacityFallback = [], inferenceAmiVersion } = props;
  if (Token.isUnresolved(instanceType))
    throw new Error('instanceType must be known at synth: the endpoint is replaced when it changes.');
  if (!/^ml\.[a-z0-9-]+\.[a-z0-9]+$/.test(instanceType)) {
    throw new Error(
      `instance type "${instanceType}" is not one of SageMaker's. Expected ml.<family>.<size>, for example ml.g4dn.2xlarge.`,
    );
  }
  if (initialInstanceCount !== undefined && !Token.isUnresolved(initialInstanceCount) && initialInstanceCount < 1) {
    throw new Error(`initialInstanceCount is ${initialInstanceCount}. A real-time endpoint needs at least 1.`);
  }
  const types = [instanceType, ...capacityFallback.map((pool) => pool.instanceType)];
  const nvme = types.find(hasLocalStorage);
  if (volumeKey && nvme) {
    throw new Error(
      `${nvme} cannot take a volume key: it has local NVMe, encrypted by the hardware, and CreateEndpointConfig refuses a KmsKeyId. Leave volumeKey out.`,
    );
  }
  if (inferenceAmiVersion !== undefined && !Token.isUnresolved(inferenceAmiVersion))
    for (const type of types) assertInferenceAmi(type, inferenceAmiVersion);
}

const FREQUENCIES = [10, 30, 60, 120, 180, 240, 300];

function publishSeconds(frequency: Duration): number {
  const seconds = frequency.toSeconds();
  if (FREQUENCIES.includes(seconds)) return seconds;
  throw new Error(`metricFrequency is ${seconds} s. SageMaker publishes every ${FREQUENCIES.join(', ')} s.`);
}

function provisionSeconds(timeout: Duration): number {
  const seconds = timeout.toSeconds();
  if (seconds >= 300 && seconds <= 3600) return seconds;
  throw new Error(`provisionTimeout is ${seconds} s. SageMaker takes 300 to 3600 s.`);
}
