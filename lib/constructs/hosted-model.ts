import { Fn, Token } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { ModelData } from './model-data.ts';

/** Where the server finds the model, as on SageMaker, so that one image serves on both. */
export const MODEL_PATH = '/opt/ml/model';
/** Where an instance keeps it. */
export const HOST_PATH = '/var/lib/infersweep/model';
/** Attribute by which ECS tells instances that hold this model from those of the version before. */
export const MODEL_ATTRIBUTE = 'infersweep.model';

/** Limit of ECS for the value of an attribute. */
const MAX_VALUE = 128;

/**
 * A model that each instance downloads once, before it joins the cluster (docs/decisions/0006). A new key is another
 * model: its tasks wait for instances that hold it, so a deployment replaces instances and tasks together.
 */
export class HostedModel {
  /**
   * Lets `grantee`, the role of the instances, read the model's files and nothing else.
   *
   * @returns null when the image holds the model
   */
  static of(scope: Construct, modelData: ModelData, grantee: IGrantable): HostedModel | null {
    const { modelDataUrl, modelDataSource } = modelData.bind(scope, grantee);
    if (modelDataUrl !== undefined) return new HostedModel(modelDataUrl, true);
    // `bind` made this object; only its type allows a token in its place.
    const source = modelDataSource as { s3DataSource: { s3Uri: string } } | undefined;
    return source === undefined ? null : new HostedModel(source.s3DataSource.s3Uri, false);
  }

  /** Value of the attribute: bucket and key, in characters that ECS takes without quotes. */
  readonly version: string;

  private readonly uri: string;
  private readonly packed: boolean;

  private constructor(uri: string, packed: boolean) {
    this.uri = uri;
    this.packed = packed;
    this.version = Fn.join(':', Fn.split('/', Fn.select(1, Fn.split('://', uri))));
    if (!Token.isUnresolved(uri)) this.version = versionOf(uri);
  }

  /** Commands that bring it to `HOST_PATH`; they fail when it does not come. */
  commands(region: string): string[] {
    const copy = this.packed
      ? `aws s3 cp --no-progress '${this.uri}' - | tar --extract --gzip --no-same-owner --directory ${HOST_PATH}`
      : `aws s3 sync --no-progress '${this.uri}' ${HOST_PATH}`;
    return [
      `export AWS_DEFAULT_REGION=${region}`,
      // Not part of the ECS image (amazon-ecs-ami, variables.pkr.hcl). The repository of AL2023 lies in S3, so a gateway
      // endpoint reaches it.
      'command -v aws > /dev/null || dnf install --quiet --assumeyes awscli-2',
      `mkdir --parents ${HOST_PATH}`,
      `fetch() { ${copy}; }`,
      'fetch || { sleep 10; fetch; } || { sleep 30; fetch; }',
      // The server runs as another user.
      `chmod --recursive a+rX ${HOST_PATH}`,
    ];
  }
}

function versionOf(uri: string): string {
  const version = uri.replace(/^s3:\/\//, '').replaceAll('/', ':');
  if (version.length <= MAX_VALUE && /^[\w.:-]+$/.test(version)) return version;
  throw new Error(
    `model ${uri} cannot be told from another by ECS: bucket and key must have at most ${MAX_VALUE} characters of a-z A-Z 0-9 . _ - /, it has ${version.length}. Rename the key.`,
  );
}
