import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  BuildSpec,
  ComputeType,
  type IBuildImage,
  LinuxArmBuildImage,
  LinuxBuildImage,
  Project,
  Source,
} from 'aws-cdk-lib/aws-codebuild';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { imageDigestParameter } from '../core/catalog/lab.ts';
import { assertKitImage, type KitImage, referenceOf } from './kit-image.ts';

export interface ImageBuildProps {
  readonly image: KitImage;
  /** Where the image goes. */
  readonly repository: IRepository;
  /** `containers/`, the build context. */
  readonly source: Asset;
  /**
   * Key of whatever a build would leave beside the image.
   *
   * @default - the account's key of S3
   */
  readonly encryptionKey?: IKey;
  /**
   * A build that takes longer is ended, and so is its bill.
   *
   * @default Duration.hours(1)
   */
  readonly timeout?: Duration;
}

const buildImages: Record<'amd64' | 'arm64', IBuildImage> = {
  amd64: LinuxBuildImage.AMAZON_LINUX_2023_6,
  arm64: LinuxArmBuildImage.AMAZON_LINUX_2023_STANDARD_4_0,
};

/** Builds one image on a machine of its own architecture, when told to. May push to its own repository only. */
export class ImageBuild extends Construct {
  readonly project: Project;
  /** SSM parameter that holds the digest after the first build. */
  readonly digestParameterName: string;

  constructor(scope: Construct, id: string, { image, repository, source, encryptionKey, timeout }: ImageBuildProps) {
    super(scope, id);
    assertKitImage(image);
    const base = referenceOf(this, image.base);
    this.digestParameterName = imageDigestParameter(image.name);
    const logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('codebuild.amazonaws.com'),
      description: `Builds ${image.name}`,
    });
    logGroup.grantWrite(role);
    repository.grantPullPush(role);
    const allow = (actions: string[], resource: string) =>
      role.addToPolicy(new PolicyStatement({ actions, resources: [resource] }));
    allow(['s3:GetObject', 's3:GetObjectVersion'], source.bucket.arnForObjects(source.s3ObjectKey));
    allow(['ecr:DescribeImages'], repository.repositoryArn);
    allow(
      ['ssm:PutParameter'],
      Stack.of(this).formatArn({
        service: 'ssm',
        resource: 'parameter',
        resourceName: this.digestParameterName.slice(1),
      }),
    );
    if (base.repositoryArn !== null) {
      allow(['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'], base.repositoryArn);
    }
    this.project = new Project(this, 'Project', {
      description: `Builds ${image.name} for ${image.architecture}, pushes it and publishes its digest`,
      // Its own grants would open the whole bucket of assets, and log groups that this one does not use.
      role: role.withoutPolicyUpdates(),
      source: Source.s3({ bucket: source.bucket, path: source.s3ObjectKey }),
      buildSpec: BuildSpec.fromSourceFilename('build/buildspec.yml'),
      environment: {
        buildImage: buildImages[image.architecture],
        // 128 GB of disk: Triton's base and what is built on it need more than the 64 GB of the smaller ones.
        computeType: ComputeType.LARGE,
        // docker build needs it. What it can reach is what the role may: one repository to push to, one parameter to set.
        privileged: true,
      },
      environmentVariables: Object.fromEntries(
        Object.entries({
          REPOSITORY_URI: repository.repositoryUri,
          DOCKERFILE: image.dockerfile,
          BASE: base.uri,
          BASE_REGISTRY: base.registry,
          BUILD_ARGUMENTS: Object.entries(image.buildArguments ?? {})
            .map((pair) => pair.join('='))
            .join(' '),
          DIGEST_PARAMETER: this.digestParameterName,
        }).map(([key, value]) => [key, { value }]),
      ),
      timeout: timeout ?? Duration.hours(1),
      concurrentBuildLimit: 1,
      encryptionKey,
      grantReportGroupPermissions: false,
      logging: {
        cloudWatch: {
          logGroup,
        },
      },
    });
  }
}
