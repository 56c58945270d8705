import { Annotations, Aws, type Duration } from 'aws-cdk-lib';
import { CfnScalableTarget, CfnScalingPolicy } from 'aws-cdk-lib/aws-applicationautoscaling';
import { Construct } from 'constructs';
import type { InferenceEndpoint } from './inference-endpoint.ts';
import { assertScaling, cooldownAdvice, wholeSeconds, withinQuota } from './scaling-rules.ts';
import { type TrackedLoad, trackedText, trackedValue } from './tracked-load.ts';

export interface EndpointScalingProps {
  readonly endpoint: InferenceEndpoint;
  /** What each instance is to carry: requests per minute, or requests at once. */
  readonly track: TrackedLoad;
  /** Never fewer instances than this. */
  readonly minCapacity: number;
  /** Never more instances than this, whatever the load; nor more than the quota. */
  readonly maxCapacity: number;
  /**
   * Instances of this type that the account may run on endpoints, as read from the account, less what other endpoints use.
   * `maxCapacity` is cut to it, with a warning: a scale-out beyond is refused whole and without a word.
   *
   * @default - unknown
   */
  readonly quotaInstances?: number;
  /** After adding instances: how long until more may be added (unless a larger step is due). */
  readonly scaleOutCooldown: Duration;
  /** After removing instances: how long until more may be removed. */
  readonly scaleInCooldown: Duration;
  /** Where these values come from: the measurement, the recommendation, and why these cooldowns. */
  readonly evidence: string;
}

/** Endpoints that scale already: two policies would each scale in what the other needs. */
const scaled = new WeakSet<InferenceEndpoint>();

/** Target tracking by exactly one policy, which owns both directions. The values are copied: their arithmetic is in `core/scale`. */
export class EndpointScaling extends Construct {
  /** The policy in a sentence, its evidence included. */
  readonly description: string;
  /** The most instances it may run, the quota considered. */
  readonly maxCapacity: number;

  constructor(scope: Construct, id: string, props: EndpointScalingProps) {
    super(scope, id);
    const { endpoint, minCapacity, track } = props;
    if (scaled.has(endpoint))
      throw new Error(
        `${endpoint.node.path} scales already. Exactly one policy may own scale-in: leave the second EndpointScaling out.`,
      );
    scaled.add(endpoint);
    assertScaling(props);
    this.maxCapacity = withinQuota(this, props);
    const scaleOutCooldown = wholeSeconds(props.scaleOutCooldown);
    const scaleInCooldown = wholeSeconds(props.scaleInCooldown);
    cooldownAdvice(this, scaleOutCooldown, scaleInCooldown);
    this.description =
      `${minCapacity} to ${this.maxCapacity} x ${endpoint.instanceType} at ${trackedText(track)}, ` +
      `cooldowns ${scaleOutCooldown} s out and ${scaleInCooldown} s in. ${props.evidence}`;

    const target = new CfnScalableTarget(this, 'Target', {
      serviceNamespace: 'sagemaker',
      scalableDimension: 'sagemaker:variant:DesiredInstanceCount',
      resourceId: `endpoint/${endpoint.endpointName}/variant/${endpoint.variantName}`,
      minCapacity,
      maxCapacity: this.maxCapacity,
      // The L2 ScalableTarget makes a role of its own. For SageMaker, Application Auto Scaling uses only its
      // service-linked role, and naming it here is what makes CloudFormation create it in a fresh account.
      roleArn: `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint`,
    });
    const { metric, value, name } = trackedValue(track);
    const policy = new CfnScalingPolicy(this, 'Policy', {
      // Required, and a name within the target only.
      policyName: name,
      policyType: 'TargetTrackingScaling',
      scalingTargetId: target.ref,
      targetTrackingScalingPolicyConfiguration: {
        predefinedMetricSpecification: { predefinedMetricType: metric },
        targetValue: value,
        scaleOutCooldown,
        scaleInCooldown,
      },
    });
    // A policy has no description of its own.
    policy.addMetadata('Description', this.description);
    if (props.quotaInstances === undefined)
      Annotations.of(this).addInfo(
        `the quota of ${endpoint.instanceType} for endpoint usage was not read: check that it allows ${this.maxCapacity} instances. A scale-out beyond it is refused whole, and the endpoint stays "InService".`,
      );
  }
}
