import { type Duration, Resource, Token } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnEndpoint, CfnEndpointConfig, type EndpointReference, type IEndpoint } from 'aws-cdk-lib/aws-sagemaker';
import type { Construct } from 'constructs';
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
    const config = new CfnEndpointConfig(this, 'Config', {
      kmsKeyId: props.volumeKey?.keyArn,
      productionVariants: [
        {
          variantName: this.variantName,
          modelName: props.model.modelName,
          instanceType: props.instanceType,
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
    // The logical id carries the instance type: SageMaker refuses to change the type of a fleet that is registered for
    // autoscaling, and CloudFormation cannot deregister first (aws-cdk #29626). A new type is a new endpoint beside the
    // old one, so for some minutes the quota must hold both fleets.
    const endpoint = new CfnEndpoint(this, `Endpoint-${props.instanceType}`, {
      endpointConfigName: config.attrEndpointConfigName,
      // Otherwise every update throws the fleet back to its initial count.
      retainAllVariantProperties: true,
    });
    // The name as IAM sees it is lower case: Ref has it right, an ARN put together from the name would not.
    this.endpointArn = endpoint.ref;
    this.endpointRef = endpoint.endpointRef;
    this.endpointName = endpoint.attrEndpointName;
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

function assertInstanceType({ instanceType, volumeKey, initialInstanceCount }: InferenceEndpointProps): void {
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
  if (volumeKey && hasLocalStorage(instanceType)) {
    throw new Error(
      `${instanceType} cannot take a volume key: it has local NVMe, encrypted by the hardware, and CreateEndpointConfig refuses a KmsKeyId. Leave volumeKey out.`,
    );
  }
}
