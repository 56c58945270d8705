import { Aws, type Duration } from 'aws-cdk-lib';
import { CfnScalableTarget, CfnScalingPolicy } from 'aws-cdk-lib/aws-applicationautoscaling';
import { Construct } from 'constructs';
import type { InferenceEndpoint } from './inference-endpoint.ts';

export interface EndpointScalingProps {
  readonly endpoint: InferenceEndpoint;
  /** Requests per minute that each instance is to carry. */
  readonly invocationsPerInstance: number;
  /** Never fewer instances than this. */
  readonly minCapacity: number;
  /** Never more instances than this, whatever the load. */
  readonly maxCapacity: number;
  /** After adding instances: how long until more may be added (unless a larger step is due). */
  readonly scaleOutCooldown: Duration;
  /** After removing instances: how long until more may be removed. */
  readonly scaleInCooldown: Duration;
  /** Where these values come from: the measurement, the recommendation, and why these cooldowns. */
  readonly evidence: string;
}

/**
 * Target tracking on requests per instance and minute (`SageMakerVariantInvocationsPerInstance`). The values are copied
 * as they are: their arithmetic is in `core/scale`.
 */
export class EndpointScaling extends Construct {
  /** The policy in a sentence, its evidence included. */
  readonly description: string;

  constructor(scope: Construct, id: string, props: EndpointScalingProps) {
    super(scope, id);
    assertBounds(props);
    const { endpoint, minCapacity, maxCapacity } = props;
    const scaleOutCooldown = wholeSeconds(props.scaleOutCooldown);
    const scaleInCooldown = wholeSeconds(props.scaleInCooldown);
    this.description =
      `${minCapacity} to ${maxCapacity} x ${endpoint.instanceType} at ${props.invocationsPerInstance} requests per instance and minute, ` +
      `cooldowns ${scaleOutCooldown} s out and ${scaleInCooldown} s in. ${props.evidence}`;

    const target = new CfnScalableTarget(this, 'Target', {
      serviceNamespace: 'sagemaker',
      scalableDimension: 'sagemaker:variant:DesiredInstanceCount',
      resourceId: `endpoint/${endpoint.endpointName}/variant/${endpoint.variantName}`,
      minCapacity,
      maxCapacity,
      // The L2 ScalableTarget makes a role of its own. For SageMaker, Application Auto Scaling uses only its
      // service-linked role, and naming it here is what makes CloudFormation create it in a fresh account.
      roleArn: `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint`,
    });
    const policy = new CfnScalingPolicy(this, 'Policy', {
      // Required, and a name within the target only.
      policyName: 'InvocationsPerInstance',
      policyType: 'TargetTrackingScaling',
      scalingTargetId: target.ref,
      targetTrackingScalingPolicyConfiguration: {
        predefinedMetricSpecification: { predefinedMetricType: 'SageMakerVariantInvocationsPerInstance' },
        targetValue: props.invocationsPerInstance,
        scaleOutCooldown,
        scaleInCooldown,
      },
    });
    // A policy has no description of its own.
    policy.addMetadata('Description', this.description);
  }
}

/** Application Auto Scaling counts in whole seconds; waiting longer is the safe side. */
function wholeSeconds(cooldown: Duration): number {
  return Math.ceil(cooldown.toMilliseconds({ integral: false }) / 1000);
}

function assertBounds({ invocationsPerInstance, minCapacity, maxCapacity }: EndpointScalingProps): void {
  const wrong = [
    ...(invocationsPerInstance > 0 ? [] : [`invocationsPerInstance is ${invocationsPerInstance}, must be more than 0`]),
    ...(minCapacity >= 1
      ? []
      : [`minCapacity is ${minCapacity}, must be at least 1: a real-time fleet cannot scale to zero`]),
    ...(maxCapacity >= minCapacity ? [] : [`maxCapacity is ${maxCapacity}, below minCapacity ${minCapacity}`]),
  ];
  if (wrong.length > 0) throw new Error(`cannot scale: ${wrong.join('; ')}.`);
}
