import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Repository, TagMutability, TagStatus } from 'aws-cdk-lib/aws-ecr';
import type { Construct } from 'constructs';
import { REPOSITORY_PREFIX } from '../core/catalog/lab.ts';

export interface ImageRepositoryProps {
  /** Last part of the repository's name: it has a fixed one, by which roles of other stacks are confined. */
  readonly image: string;
  /**
   * Whether the images can be built again. Those that cannot stay when the stack goes; the others go with it.
   *
   * @default true
   */
  readonly rebuildable?: boolean;
  /**
   * Builds that are kept. A measurement names its image by digest: older ones can then not be replayed.
   *
   * @default 10
   */
  readonly keep?: number;
}

/** Where one image of the kit is pushed: tags never move, every push is scanned, old builds expire. */
export class ImageRepository extends Repository {
  constructor(scope: Construct, id: string, { image, rebuildable = true, keep = 10 }: ImageRepositoryProps) {
    super(scope, id, {
      repositoryName: `${REPOSITORY_PREFIX}${image}`,
      imageTagMutability: TagMutability.IMMUTABLE,
      imageScanOnPush: true,
      lifecycleRules: [
        {
          rulePriority: 1,
          tagStatus: TagStatus.UNTAGGED,
          maxImageAge: Duration.days(7),
          description: 'Left over from a broken push',
        },
        { rulePriority: 2, tagStatus: TagStatus.ANY, maxImageCount: keep, description: `The ${keep} newest builds` },
      ],
      removalPolicy: rebuildable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
      emptyOnDelete: rebuildable,
    });
  }
}
