import { Aws, Fn, Token } from 'aws-cdk-lib';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';

const ECR_URI =
  /^(?<account>\d{12})\.dkr\.ecr\.(?<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/(?<name>[a-z0-9._/-]+)(?::(?<tag>[\w.-]+))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/;

/** For a CfnParameter: an ECR image pinned by digest. */
export const PINNED_IMAGE_PATTERN =
  '^[0-9]{12}\\.dkr\\.ecr\\.[a-z0-9-]+\\.amazonaws\\.com/[a-z0-9._/-]+@sha256:[0-9a-f]{64}$';

interface Source {
  uri: string;
  pinned: boolean;
  region: string | null;
  grantPull: (grantee: IGrantable) => Grant;
}

/** The container image of a model server. SageMaker pulls only from ECR, in the endpoint's own region. */
export class ModelImage {
  /**
   * An image of a repository, of this app or imported.
   *
   * @param tagOrDigest a tag, or `sha256:…`, which alone says what will run
   */
  static fromEcrRepository(repository: IRepository, tagOrDigest: string): ModelImage {
    return new ModelImage({
      uri: repository.repositoryUriForTagOrDigest(tagOrDigest),
      pinned: Token.isUnresolved(tagOrDigest) || tagOrDigest.startsWith('sha256:'),
      region: null,
      grantPull: (grantee) => repository.grantPull(grantee),
    });
  }

  /**
   * An image by its full address, also of another account (AWS's own serving containers, for example).
   *
   * @param uri `<account>.dkr.ecr.<region>.amazonaws.com/<name>@sha256:…` (or `:tag`); a CfnParameter must be of the
   *   pinned form, in a partition whose addresses end in `amazonaws.com`
   */
  static fromUri(uri: string): ModelImage {
    if (Token.isUnresolved(uri)) return new ModelImage(sourceOfToken(uri));
    const parts = ECR_URI.exec(uri)?.groups;
    if (!parts || (!parts['tag'] && !parts['digest'])) {
      throw new Error(
        `image "${uri}" is not an image in ECR. Expected <account>.dkr.ecr.<region>.amazonaws.com/<name>@sha256:<64 hex digits> (or :<tag>). ` +
          'SageMaker pulls from ECR only: push the image there first.',
      );
    }
    const { account, region, name, digest } = parts as Record<'account' | 'region' | 'name', string> & {
      digest?: string;
    };
    const arn = `arn:${Aws.PARTITION}:ecr:${region}:${account}:repository/${name}`;
    return new ModelImage({
      uri,
      pinned: digest !== undefined,
      region,
      grantPull: (grantee) => grantPull(grantee, arn),
    });
  }

  /** What the container definition names. */
  readonly uri: string;
  /** Whether a digest fixes the content; a tag can move under a running fleet, so that new instances differ from old ones. */
  readonly pinned: boolean;
  /** Where the image lives; null when only deployment tells. */
  readonly region: string | null;
  /** Permission to pull this image, its repository only. */
  readonly grantPull: (grantee: IGrantable) => Grant;

  private constructor(source: Source) {
    this.uri = source.uri;
    this.pinned = source.pinned;
    this.region = source.region;
    this.grantPull = source.grantPull;
  }
}

/** CloudFormation takes the address apart at deployment, so that the permission still names one repository. */
function sourceOfToken(uri: string): Source {
  const account = Fn.select(0, Fn.split('.', uri));
  const region = Fn.select(3, Fn.split('.', uri));
  const name = Fn.select(0, Fn.split('@', Fn.select(1, Fn.split('.amazonaws.com/', uri))));
  const arn = `arn:${Aws.PARTITION}:ecr:${region}:${account}:repository/${name}`;
  return { uri, pinned: true, region: null, grantPull: (grantee) => grantPull(grantee, arn) };
}

/** The statements of ECR's own `grantPull`; a login token is not a resource, hence the one wildcard. */
function grantPull(grantee: IGrantable, repositoryArn: string): Grant {
  const login = Grant.addToPrincipal({ grantee, actions: ['ecr:GetAuthorizationToken'], resourceArns: ['*'] });
  return login.combine(
    Grant.addToPrincipal({
      grantee,
      actions: ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'],
      resourceArns: [repositoryArn],
    }),
  );
}
