import { Annotations, Aws, type Duration } from 'aws-cdk-lib';
import { CfnScalableTarget, CfnScalingPolicy } from 'aws-cdk-lib/aws-applicationautoscaling';
import { Construct } from 'constructs';
import type { InstanceService } from './instance-service.ts';
import { wholeSeconds, withinQuota } from './scaling-rules.ts';

export interface ServiceScalingProps {
  readonly service: InstanceService;
  /** Requests per minute that each task, and so each instance, is to carry. */
  readonly targetPerMinute: number;
  /** Never fewer instances than this. */
  readonly minCapacity: number;
  /** Never more instances than this, whatever the load, nor more than the quota; deployments add some for their time. */
  readonly maxCapacity: number;
  /** After adding tasks: how long until more may be added (unless a larger step is due). */
  readonly scaleOutCooldown: Duration;
  /** After removing tasks: how long until more may be removed. */
  readonly scaleInCooldown: Duration;
  /**
   * Instances of the type that the account may run. EC2's quotas count vCPUs: divide by those of the type (L-1216C47A for
   * standard families, L-DB2E81BA for G, L-1945791B for Inf).
   *
   * @default - not read: a note says what the quota must allow
   */
  readonly quotaInstances?: number;
  /** Where these values come from: the measurement, the recommendation, and why these cooldowns. */
  readonly evidence: string;
}

/**
 * Target tracking on requests per task and minute (`ALBRequestCountPerTarget`), the only policy of the service: with two,
 * tasks leave only when both agree. The group of instances follows the number of tasks; its maximum is the service's and
 * what a deployment needs.
 */
export class ServiceScaling extends Construct {
  /** The policy in a sentence, its evidence included. */
  readonly description: string;
  readonly targetPerMinute: number;
  readonly minCapacity: number;
  readonly maxCapacity: number;

  constructor(scope: Construct, id: string, props: ServiceScalingProps) {
    super(scope, id);
    assertBounds(props);
    const { service, targetPerMinute, minCapacity, quotaInstances } = props;
    const maxCapacity = withinQuota(this, props);
    this.targetPerMinute = targetPerMinute;
    this.minCapacity = minCapacity;
    this.maxCapacity = maxCapacity;
    const scaleOutCooldown = wholeSeconds(props.scaleOutCooldown);
    const scaleInCooldown = wholeSeconds(props.scaleInCooldown);
    service.holdBetween({ minCapacity, maxCapacity, quotaInstances: quotaInstances ?? null });
    for (const found of service.surge.warnings) {
      // What was not read may be all right: no reason to stop a strict synth.
      if (quotaInstances === undefined) Annotations.of(this).addInfo(found);
      else Annotations.of(this).addWarningV2('infersweep:quota', found);
    }
    this.description =
      `${minCapacity} to ${maxCapacity} x ${service.hardware.type} at ${targetPerMinute} requests per instance and minute, ` +
      `cooldowns ${scaleOutCooldown} s out and ${scaleInCooldown} s in. ${props.evidence}`;

    const target = new CfnScalableTarget(this, 'Target', {
      serviceNamespace: 'ecs',
      scalableDimension: 'ecs:service:DesiredCount',
      resourceId: `service/${service.cluster.clusterName}/${service.service.serviceName}`,
      minCapacity,
      maxCapacity,
      // As for endpoints: the L2 would make a role, Application Auto Scaling uses only its service-linked one.
      roleArn: `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService`,
    });
    const { loadBalancer, targetGroup } = service.balancer;
    const policy = new CfnScalingPolicy(this, 'Policy', {
      // Required, and a name within the target only.
      policyName: 'RequestCountPerTarget',
      policyType: 'TargetTrackingScaling',
      scalingTargetId: target.ref,
      targetTrackingScalingPolicyConfiguration: {
        predefinedMetricSpecification: {
          predefinedMetricType: 'ALBRequestCountPerTarget',
          resourceLabel: `${loadBalancer.loadBalancerFullName}/${targetGroup.targetGroupFullName}`,
        },
        targetValue: targetPerMinute,
        scaleOutCooldown,
        scaleInCooldown,
      },
    });
    // The metric exists only for a target group that a listener forwards to.
    policy.node.addDependency(loadBalancer);
    // A policy has no description of its own.
    policy.addMetadata('Description', this.description);
  }
}

function assertBounds({ targetPerMinute, minCapacity, maxCapacity, quotaInstances }: ServiceScalingProps): void {
  const wrong = [
    ...(targetPerMinute > 0 ? [] : [`targetPerMinute is ${targetPerMinute}, must be more than 0`]),
    ...(minCapacity >= 1
      ? []
      : [`minCapacity is ${minCapacity}, must be at least 1: without a task no request is counted, and none starts`]),
    ...(maxCapacity >= minCapacity ? [] : [`maxCapacity is ${maxCapacity}, below minCapacity ${minCapacity}`]),
    ...(quotaInstances === undefined || minCapacity <= quotaInstances
      ? []
      : [
          `the quota is ${quotaInstances} instances, below minCapacity ${minCapacity}: have it raised in Service Quotas`,
        ]),
  ];
  if (wrong.length > 0) throw new Error(`cannot scale: ${wrong.join('; ')}.`);
}
