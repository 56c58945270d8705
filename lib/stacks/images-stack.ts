import { Annotations, CfnOutput, Duration, IgnoreMode, RemovalPolicy, type Stack, type StackProps } from 'aws-cdk-lib';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { type BucketPrefix, grantKeepObjects } from '../constructs/bucket-prefix.ts';
import { DataBucket } from '../constructs/data-bucket.ts';
import { DeletionGate } from '../constructs/deletion-gate.ts';
import type { GuardParts } from '../constructs/guard-parts.ts';
import { ImageBuild } from '../constructs/image-build.ts';
import { ImageRepository } from '../constructs/image-repository.ts';
import type { KitImage } from '../constructs/kit-image.ts';
import { LabNetwork, type LabNetworkProps } from '../constructs/lab-network.ts';
import { containersFolder } from '../constructs/package-folder.ts';
import { passRoles } from '../constructs/pass-role.ts';
import { readHostLogs } from '../constructs/read-logs.ts';
import { TrialHosts } from '../constructs/trial-hosts.ts';
import { PREPARATION_PARAMETER, type PreparationSite, prefixes } from '../core/catalog/lab.ts';
import { hostSite } from './host-site.ts';
import { ZonedStack } from './zoned-stack.ts';

export interface ImagesStackProps extends StackProps, LabNetworkProps {
  readonly guard: GuardParts;
  /** What is built: `kitImagesOf` of `containers/images.lock.json`. */
  readonly images: readonly KitImage[];
  /**
   * EC2 families on which models are prepared: a processor for traces, exports and Neuron compilations, and every GPU
   * that engines are built for. An empty list leaves out hosts and network.
   *
   * @default ['c7i', 'g4dn']
   */
  readonly preparationFamilies?: readonly string[];
  /**
   * Longest life of a preparation. An engine of bert-large took about 70 minutes.
   *
   * @default Duration.hours(6)
   */
  readonly maximumPreparationTtl?: Duration;
  /**
   * Where the models are that users bring.
   *
   * @default - the artifacts bucket only
   */
  readonly models?: readonly BucketPrefix[];
  /**
   * Key of the artifacts bucket and of the builds.
   *
   * @default - S3's own keys
   */
  readonly encryptionKey?: IKey;
}

/** What no build needs. The context is `containers/`. */
const NOT_CONTEXT = ['tests/', '__pycache__/', '*.pyc', '.venv/', '.cache/', '.pytest_cache/'];

/**
 * Images of the kit, and models prepared for them. Nothing runs and nothing is billed by the hour until a build or a
 * preparation is started; images and artifacts are billed by the gigabyte.
 */
export class ImagesStack extends ZonedStack {
  /** Prepared models, cached by hash. */
  readonly artifacts: DataBucket;
  /** By image. */
  readonly builds: ReadonlyMap<string, ImageBuild>;
  /** Of the preparations; a Lab can share it. Absent without `preparationFamilies`. */
  readonly network?: LabNetwork;

  constructor(scope: Construct, id: string, props: ImagesStackProps) {
    super(scope, id, { description: 'infersweep images: repositories, builds, preparations', ...props });
    const { guard, images, encryptionKey } = props;
    this.artifacts = new DataBucket(this, 'Artifacts', {
      encryptionKey,
      expire: { [prefixes.hosts]: Duration.days(7) },
    });
    const source = new Asset(this, 'Source', {
      path: containersFolder,
      exclude: NOT_CONTEXT,
      ignoreMode: IgnoreMode.GIT,
    });
    this.builds = new Map(
      images.map((image) => {
        const repository = new ImageRepository(this, `${image.name}-repository`, {
          image: image.name,
          rebuildable: !image.frozen,
        });
        return [image.name, new ImageBuild(this, image.name, { image, repository, source, encryptionKey })];
      }),
    );
    tellOfUnpinned(this, images);
    const statements = [
      new PolicyStatement({
        actions: ['codebuild:StartBuild'],
        resources: [...this.builds.values()].map(({ project }) => project.projectArn),
      }),
    ];
    const families = props.preparationFamilies ?? ['c7i', 'g4dn'];
    if (families.length > 0) {
      this.network = new LabNetwork(this, 'Network', props);
      const hosts = this.preparationHosts(this.network, families, props);
      statements.push(passRoles([hosts.role], 'ec2.amazonaws.com'), readHostLogs(hosts.logGroup));
    }
    // Of this stack, attached to Guard's role: the other way round the stacks would need each other. Its name must tell
    // the stacks apart: of two policies with one name on a role, the later replaces the earlier.
    const createPolicy = new Policy(this, 'CreatePolicy', {
      policyName: `${this.stackName}-create`,
      roles: [guard.createRole],
      statements,
    });
    if (this.network) {
      // Prepared models themselves are read, and put there by who made them elsewhere, as a Lab says.
      grantKeepObjects(this.artifacts, [prefixes.hosts], createPolicy);
      const guards = [...this.node.children];
      new DeletionGate(this, 'DeletionGate', { reaperFunction: guard.reaperFunction, guards });
    }
  }

  /**
   * Preparations are jobs on EC2 hosts, those on a processor too: a host ends itself after its TTL, which a Fargate task
   * cannot, and a job there runs in the same image on the same host image as the trial does later.
   */
  private preparationHosts(network: LabNetwork, families: readonly string[], props: ImagesStackProps): TrialHosts {
    const below = (prefix: string): BucketPrefix => ({ bucket: this.artifacts, prefix });
    const logGroup = new LogGroup(this, 'PreparationLogs', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const hosts = new TrialHosts(this, 'Preparation', {
      vpc: network.vpc,
      families,
      reads: [below(prefixes.hosts), below(prefixes.artifacts), ...(props.models ?? [])],
      writes: [below(prefixes.artifacts)],
      logGroup,
      maximumTtl: props.maximumPreparationTtl ?? Duration.hours(6),
    });
    const site = {
      schema: 'infersweep.preparation.v1',
      artifactsBucket: this.artifacts.bucketName,
      ...hostSite(network, hosts, logGroup),
    } satisfies PreparationSite;
    new StringParameter(this, 'Site', {
      parameterName: PREPARATION_PARAMETER,
      stringValue: this.toJsonString(site),
      description: 'Where models are prepared',
    });
    new CfnOutput(this, 'NetworkIdleCost', { value: network.idleCost });
    return hosts;
  }
}

/** One note for all, for the lock is mended in one go; no warning, for nothing wrong can come of it: the builds refuse. */
function tellOfUnpinned(stack: Stack, images: readonly KitImage[]): void {
  const bases = new Set(images.flatMap(({ base }) => (base.digest === null ? [`${base.repository}:${base.tag}`] : [])));
  if (bases.size === 0) return;
  Annotations.of(stack).addInfo(
    `no digest in containers/images.lock.json for ${[...bases].join(', ')}: builds upon them will refuse to start. Look each up (\`skopeo inspect\`) and pin it.`,
  );
}
