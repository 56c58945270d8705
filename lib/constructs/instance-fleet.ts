import { Duration, Lazy } from 'aws-cdk-lib';
import { AutoScalingGroup, GroupMetrics } from 'aws-cdk-lib/aws-autoscaling';
import {
  BlockDeviceVolume,
  type Connections,
  EbsDeviceVolumeType,
  type IConnectable,
  InstanceInitiatedShutdownBehavior,
  InstanceType,
  type ISecurityGroup,
  LaunchTemplate,
  LaunchTemplateHttpTokens,
  MachineImage,
  OperatingSystemType,
  SecurityGroup,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import { AsgCapacityProvider, type Cluster } from 'aws-cdk-lib/aws-ecs';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { HostedModel } from './hosted-model.ts';
import type { InstanceHardware } from './instance-hardware.ts';
import { instanceUserData } from './instance-user-data.ts';
import { alternativesOf, type MixedInstances, mixedInstancesPolicy, usesSpot } from './mixed-fleet.ts';
import { letAutoScalingUse } from './volume-encryption.ts';
import { addWarmPool, assertWarmPool, type WarmPool } from './warm-pool.ts';

/** Options of the fleet that a service passes on. */
export interface InstanceFleetOptions {
  /**
   * Subnets of the instances.
   *
   * @default - private ones
   */
  readonly vpcSubnets?: SubnetSelection;
  /**
   * From the launch of an instance to its first good answer, as measured (its p95): as long as one instance is inside
   * it, ECS starts no further ones, and starts too many when it is too short. 0 to 10,000 s.
   *
   * @default 300 s, ECS's own
   */
  readonly instanceWarmup?: Duration;
  /**
   * Share of the fleet that runs tasks, 1 to 100. Below 100 ECS keeps the rest idle for a faster scale-out.
   *
   * @default 100: no instance idles
   */
  readonly targetCapacityPercent?: number;
  /**
   * Root volume, which holds images and model; at least 30 GiB.
   *
   * @default 100
   */
  readonly volumeSizeGib?: number;
  /**
   * Key of the root volume.
   *
   * @default - the account's key for EBS
   */
  readonly volumeKey?: IKey;
  /**
   * Types that may stand in for the chosen one when it is not to be had.
   *
   * @default - none
   */
  readonly mixedInstances?: MixedInstances;
  /**
   * Prepared, stopped instances; not beside `mixedInstances`.
   *
   * @default - none
   */
  readonly warmPool?: WarmPool;
}

export interface InstanceFleetProps extends InstanceFleetOptions {
  readonly cluster: Cluster;
  readonly hardware: InstanceHardware;
  readonly model: HostedModel | null;
  /** Of the instances; it already may join the cluster and read the model. */
  readonly role: Role;
  /** Instances that the group may hold. */
  readonly maxInstances: () => number;
}

const DEFAULT_VOLUME_GIB = 100;
/** Of the images for ECS (amazon-ecs-ami, `block_device_size_gb`); a launch with less fails. */
const IMAGE_GIB = 30;

/** Equal instances that ECS starts and ends as tasks need them. */
export class InstanceFleet extends Construct implements IConnectable {
  readonly autoScalingGroup: AutoScalingGroup;
  readonly capacityProvider: AsgCapacityProvider;
  readonly connections: Connections;
  /** Every type an instance may have, the chosen one first. */
  readonly types: readonly InstanceHardware[];

  constructor(scope: Construct, id: string, props: InstanceFleetProps) {
    super(scope, id);
    const { cluster, hardware, mixedInstances, warmPool } = props;
    assertWarmPool(warmPool, mixedInstances);
    this.types = [hardware, ...(mixedInstances ? alternativesOf(hardware, mixedInstances) : [])];
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: cluster.vpc,
      description: 'Inference instances: no ingress, tasks have interfaces of their own',
    });
    const launchTemplate = this.launchTemplate(props, securityGroup);
    this.autoScalingGroup = new AutoScalingGroup(this, 'Group', {
      vpc: cluster.vpc,
      vpcSubnets: props.vpcSubnets,
      ...(mixedInstances
        ? { mixedInstancesPolicy: mixedInstancesPolicy(launchTemplate, this.types, mixedInstances) }
        : { launchTemplate }),
      // ECS owns the number in between: a desired capacity here would throw the fleet back at every deployment.
      minCapacity: 0,
      maxCapacity: Lazy.number({ produce: props.maxInstances }),
      capacityRebalance: mixedInstances && usesSpot(mixedInstances) ? true : undefined,
      groupMetrics: [GroupMetrics.all()],
    });
    if (warmPool) addWarmPool(this.autoScalingGroup, warmPool);
    this.connections = this.autoScalingGroup.connections;
    this.capacityProvider = new AsgCapacityProvider(this, 'CapacityProvider', {
      autoScalingGroup: this.autoScalingGroup,
      enableManagedScaling: true,
      // It protects new instances too, until ECS knows that no task runs on them.
      enableManagedTerminationProtection: true,
      enableManagedDraining: true,
      targetCapacityPercent: props.targetCapacityPercent ?? 100,
      instanceWarmupPeriod: (props.instanceWarmup ?? Duration.seconds(300)).toSeconds(),
    });
    cluster.addAsgCapacityProvider(this.capacityProvider);
  }

  private launchTemplate(
    { hardware, role, volumeKey, model, warmPool, mixedInstances, volumeSizeGib }: InstanceFleetProps,
    securityGroup: ISecurityGroup,
  ): LaunchTemplate {
    if (volumeKey) letAutoScalingUse(volumeKey);
    assertVolume(volumeSizeGib);
    const userData = instanceUserData({
      model,
      warmPool: warmPool !== undefined,
      spot: mixedInstances !== undefined && usesSpot(mixedInstances),
    });
    return new LaunchTemplate(this, 'LaunchTemplate', {
      instanceType: new InstanceType(hardware.type),
      machineImage: MachineImage.fromSsmParameter(hardware.imageParameter, { os: OperatingSystemType.LINUX, userData }),
      userData,
      // The cluster would add permissions of its own, logs of the whole account among them.
      role: role.withoutPolicyUpdates(),
      securityGroup,
      // An instance that could not get its model ends itself.
      instanceInitiatedShutdownBehavior: InstanceInitiatedShutdownBehavior.TERMINATE,
      httpTokens: LaunchTemplateHttpTokens.REQUIRED,
      httpPutResponseHopLimit: 1,
      blockDevices: [
        {
          // The root of Amazon Linux 2023; another name would be a second disk.
          deviceName: '/dev/xvda',
          volume: BlockDeviceVolume.ebs(volumeSizeGib ?? DEFAULT_VOLUME_GIB, {
            volumeType: EbsDeviceVolumeType.GP3,
            encrypted: true,
            kmsKey: volumeKey,
          }),
        },
      ],
    });
  }
}

function assertVolume(volumeSizeGib = DEFAULT_VOLUME_GIB): void {
  if (volumeSizeGib >= IMAGE_GIB) return;
  throw new Error(
    `volumeSizeGib is ${volumeSizeGib}, and the machine image alone takes ${IMAGE_GIB}. Add to that the container image, unpacked, and the model.`,
  );
}
