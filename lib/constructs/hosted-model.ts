import { Token } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { ModelData } from './model-data.ts';

/** Where the server finds the model, as on SageMaker, so that one image serves on both. */
export const MODEL_PATH = '/opt/ml/model';
/** Where an instance keeps it. */
export const HOST_PATH = '/var/lib/infersweep/model';

/**
 * A model that each instance downloads once, before it joins the cluster (docs/decisions/0006). Another key is another
 * script, so a deployment replaces the instances: a new version of a model needs a new key.
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

  private readonly uri: string;
  private readonly packed: boolean;

  private constructor(uri: string, packed: boolean) {
    this.uri = uri;
    this.packed = packed;
    assertPlain(uri);
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

/** It stands in a script between quotes. */
function assertPlain(uri: string): void {
  if (Token.isUnresolved(uri) || /^s3:\/\/[\w./-]+$/.test(uri)) return;
  throw new Error(
    `model ${uri} cannot be named in the script of an instance: bucket and key may have a-z A-Z 0-9 . _ - /. Rename the key.`,
  );
}
