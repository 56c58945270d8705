import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type LifecycleRule,
  ObjectOwnership,
  StorageClass,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

export interface DataBucketProps {
  /**
   * Key of the objects. Every reader and writer needs it too; the grants of the kit give it.
   *
   * @default - S3's own key (SSE-S3), which costs nothing
   */
  readonly encryptionKey?: IKey;
  /**
   * Prefixes whose objects are of no use after some time.
   *
   * @default - none
   */
  readonly expire?: Readonly<Record<string, Duration>>;
  /**
   * What becomes of the bucket with its stack. It holds what was paid for.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** How long an object that was overwritten or deleted can still be got back. */
const NONCURRENT = Duration.days(30);
/** Below 128 KiB the colder class costs more than it saves, and S3 then leaves the object where it is. */
const COLD_AFTER = Duration.days(90);

/** A bucket for what must not be lost: private, TLS only, versioned, kept when its stack goes. */
export class DataBucket extends Bucket {
  constructor(scope: Construct, id: string, props: DataBucketProps = {}) {
    super(scope, id, {
      encryption: props.encryptionKey ? BucketEncryption.KMS : BucketEncryption.S3_MANAGED,
      encryptionKey: props.encryptionKey,
      bucketKeyEnabled: props.encryptionKey ? true : undefined,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
      lifecycleRules: [
        {
          id: 'Tidy',
          abortIncompleteMultipartUploadAfter: Duration.days(1),
          noncurrentVersionExpiration: NONCURRENT,
          transitions: [{ storageClass: StorageClass.INFREQUENT_ACCESS, transitionAfter: COLD_AFTER }],
        },
        ...Object.entries(props.expire ?? {}).map(expiry),
      ],
    });
  }
}

function expiry([prefix, expiration]: [string, Duration]): LifecycleRule {
  return { id: `Expire-${prefix.replaceAll('/', '')}`, prefix, expiration };
}
