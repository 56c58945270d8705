import { join } from 'node:path';
import { Duration, Size, Tags } from 'aws-cdk-lib';
import {
  BlockDeviceVolume,
  Connections,
  EbsDeviceVolumeType,
  type IConnectable,
  InstanceInitiatedShutdownBehavior,
  type IVpc,
  LaunchTemplate,
  LaunchTemplateHttpTokens,
  MachineImage,
  OperatingSystemType,
  Peer,
  Port,
  SecurityGroup,
} from 'aws-cdk-lib/aws-ec2';
import { type IGrantable, InstanceProfile, type IPrincipal, type IRole } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { HOST_VOLUME_GIB, servingPorts } from '../core/catalog/lab.ts';
import type { BucketPrefix } from './bucket-prefix.ts';
import { type HostImage, hostImageOf } from './host-image.ts';
import { createHostRole } from './host-role.ts';
import { grantReadScript, hostUserData } from './host-user-data.ts';
import { containersFolder } from './package-folder.ts';

export interface TrialHostsProps {
  readonly vpc: IVpc;
  /** Instance families of EC2, one launch template each: `g4dn`, `inf1`, `c7g`, … */
  readonly families: readonly string[];
  /** What the hosts may read: start documents and models. */
  readonly reads: readonly BucketPrefix[];
  /**
   * Where the hosts may put what they make.
   *
   * @default - nowhere
   */
  readonly writes?: readonly BucketPrefix[];
  /** Log group of hosts and containers. */
  readonly logGroup: ILogGroup;
  /**
   * Longest life of a host from its boot, in whole minutes, at most 12 hours. The tag `infersweep:ttl-minutes` of an
   * instance can only shorten it.
   *
   * @default Duration.hours(4)
   */
  readonly maximumTtl?: Duration;
  /**
   * Root volume: the host, its images unpacked (Triton's is about 20 GiB) and the model. At least 30 GiB, as in the image.
   * What a run holds and settles for a host counts the default; a larger volume costs more than its ledger says.
   *
   * @default - 100 GiB
   */
  readonly volumeSize?: Size;
}

const LONGEST_TTL = Duration.hours(12);
const SMALLEST_VOLUME = Size.gibibytes(30);

/**
 * What EC2 trials are launched from. Nothing is launched here: a run calls `RunInstances` with a template, an instance
 * type, a subnet, its tags and, if it likes, Spot. Whatever the caller does afterwards, a host ends by itself.
 */
export class TrialHosts extends Construct implements IConnectable, IGrantable {
  readonly role: IRole;
  readonly grantPrincipal: IPrincipal;
  readonly connections: Connections;
  readonly securityGroup: SecurityGroup;
  readonly maximumTtl: Duration;
  /** Of hosts and containers. */
  readonly logGroup: ILogGroup;
  private readonly templates: ReadonlyMap<string, LaunchTemplate>;

  constructor(scope: Construct, id: string, props: TrialHostsProps) {
    super(scope, id);
    this.maximumTtl = props.maximumTtl ?? Duration.hours(4);
    this.logGroup = props.logGroup;
    const volumeSize = props.volumeSize ?? Size.gibibytes(HOST_VOLUME_GIB);
    assertLimits(this.maximumTtl, volumeSize);
    this.role = createHostRole(this, 'Role', props);
    this.grantPrincipal = this.role.grantPrincipal;
    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: props.vpc,
      description: 'EC2 host of a trial: requests from the load generator only, AWS by HTTPS only',
      allowAllOutbound: false,
    });
    this.securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'ECR, S3, CloudWatch Logs');
    this.connections = new Connections({ securityGroups: [this.securityGroup] });
    const script = new Asset(this, 'Script', { path: join(containersFolder, 'hosts', 'trial_host.py') });
    grantReadScript(script, this.role);
    const instanceProfile = new InstanceProfile(this, 'Profile', { role: this.role });
    this.templates = new Map(
      props.families.map((family) => {
        const image = hostImageOf(family);
        const userData = hostUserData({ maximumTtl: this.maximumTtl, script, image, logGroup: props.logGroup });
        const template = new LaunchTemplate(this, family, {
          versionDescription: `${image.host}, ${image.driver ?? 'no device'}`.slice(0, 255),
          machineImage: MachineImage.fromSsmParameter(image.amiParameter, { os: OperatingSystemType.LINUX, userData }),
          userData,
          instanceProfile,
          securityGroup: this.securityGroup,
          // The end that the host arms is an end of the bill only if it terminates.
          instanceInitiatedShutdownBehavior: InstanceInitiatedShutdownBehavior.TERMINATE,
          // One hop: the host itself, never a container behind Docker's bridge.
          httpEndpoint: true,
          httpTokens: LaunchTemplateHttpTokens.REQUIRED,
          httpPutResponseHopLimit: 1,
          // The start script reads the instance's own tags without a permission for it.
          instanceMetadataTags: true,
          ebsOptimized: true,
          blockDevices: [
            {
              deviceName: '/dev/xvda',
              volume: BlockDeviceVolume.ebs(volumeSize.toGibibytes(), {
                volumeType: EbsDeviceVolumeType.GP3,
                encrypted: true,
                deleteOnTermination: true,
              }),
            },
          ],
        });
        describe(template, image);
        return [family, template] as const;
      }),
    );
  }

  /** Families that can be launched. */
  get families(): string[] {
    return [...this.templates.keys()];
  }

  /** @param family one of `families` */
  launchTemplate(family: string): LaunchTemplate {
    const found = this.templates.get(family);
    if (found) return found;
    throw new Error(
      `there is no launch template for "${family}". There are: ${this.families.join(', ')}. Add it to families.`,
    );
  }

  /** Lets a load generator reach the serving ports; nothing else ever can. */
  allowLoadFrom(generator: IConnectable): void {
    this.connections.allowFrom(generator, Port.tcp(servingPorts.front), 'Requests to the front end');
    this.connections.allowFrom(generator, Port.tcp(servingPorts.direct), 'Requests past the front end');
  }
}

/** What runs below an instance, for whoever meets it in the console. */
function describe(template: LaunchTemplate, { host, driver }: HostImage): void {
  Tags.of(template).add('infersweep:host', host);
  if (driver !== null) Tags.of(template).add('infersweep:driver', driver);
}

function assertLimits(ttl: Duration, volume: Size): void {
  const wrong = [
    ...(ttl.toSeconds() % 60 === 0 && ttl.toSeconds() >= 60 && ttl.toSeconds() <= LONGEST_TTL.toSeconds()
      ? []
      : [`maximumTtl is ${ttl.toHumanString()}, must be whole minutes, at most ${LONGEST_TTL.toHumanString()}`]),
    ...(volume.toGibibytes() >= SMALLEST_VOLUME.toGibibytes()
      ? []
      : [
          `volumeSize is ${volume.toGibibytes()} GiB, must be at least ${SMALLEST_VOLUME.toGibibytes()}: the machine image needs it`,
        ]),
  ];
  if (wrong.length > 0) throw new Error(`cannot make trial hosts: ${wrong.join('; ')}.`);
}
