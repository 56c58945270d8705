import { Token } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { CfnModel } from 'aws-cdk-lib/aws-sagemaker';
import type { Construct } from 'constructs';

const S3_URI = /^s3:\/\/(?<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(?<key>.+)$/;

type Container = Pick<CfnModel.ContainerDefinitionProperty, 'modelDataUrl' | 'modelDataSource'>;
type Source = (scope: Construct) => { bucket: IBucket; key: string } | null;

/** Where the model's files come from. SageMaker unpacks them to `/opt/ml/model` before the container starts. */
export class ModelData {
  /**
   * An object or a prefix of a bucket, of this app or imported.
   *
   * @param key a `.tar.gz`, or a prefix that ends in `/` and holds the files unpacked; an unresolved key is a `.tar.gz`
   */
  static fromBucket(bucket: IBucket, key: string): ModelData {
    assertKey(key, `key "${key}"`);
    return new ModelData(() => ({ bucket, key }));
  }

  /** @param uri `s3://bucket/model.tar.gz` or `s3://bucket/prefix/` */
  static fromUri(uri: string): ModelData {
    const parts = S3_URI.exec(uri)?.groups as { bucket: string; key: string } | undefined;
    if (!parts)
      throw new Error(
        `model data "${uri}" is not an address in S3. Expected s3://<bucket>/<key>.tar.gz or s3://<bucket>/<prefix>/.`,
      );
    assertKey(parts.key, `model data "${uri}"`);
    return new ModelData((scope) => ({
      bucket: Bucket.fromBucketName(scope, 'ModelBucket', parts.bucket),
      key: parts.key,
    }));
  }

  /** The image holds the model: nothing to download, nothing to permit. */
  static inImage(): ModelData {
    return new ModelData(() => null);
  }

  private readonly source: Source;

  private constructor(source: Source) {
    this.source = source;
  }

  /** Lets the grantee read these files and nothing else of the bucket; gives the container's part that names them. */
  bind(scope: Construct, grantee: IGrantable): Container {
    const found = this.source(scope);
    if (found === null) return {};
    const { bucket, key } = found;
    const unpacked = isPrefix(key);
    const keys = unpacked ? `${key}*` : key;
    Grant.addToPrincipal({ grantee, actions: ['s3:GetObject'], resourceArns: [bucket.arnForObjects(keys)] });
    // Without it a missing key reads as "access denied", and a prefix cannot be read at all.
    Grant.addToPrincipal({
      grantee,
      actions: ['s3:ListBucket'],
      resourceArns: [bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': keys } },
    });
    bucket.encryptionKey?.grantDecrypt(grantee);
    const uri = bucket.s3UrlForObject(key);
    if (!unpacked) return { modelDataUrl: uri };
    return { modelDataSource: { s3DataSource: { s3Uri: uri, s3DataType: 'S3Prefix', compressionType: 'None' } } };
  }
}

function isPrefix(key: string): boolean {
  return !Token.isUnresolved(key) && key.endsWith('/');
}

function assertKey(key: string, what: string): void {
  if (Token.isUnresolved(key) || key.endsWith('.tar.gz') || key.endsWith('/')) return;
  throw new Error(
    `${what} is neither a .tar.gz nor a prefix ending in "/". SageMaker takes no other form: pack the files, or name their folder.`,
  );
}
