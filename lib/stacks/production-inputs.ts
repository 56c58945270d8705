/** What a recommendation does not know of a deployment: asked for as CloudFormation parameters, or read off the catalog. */
import { CfnParameter } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { ModelData } from '../constructs/model-data.ts';
import { ModelImage, PINNED_IMAGE_PATTERN } from '../constructs/model-image.ts';
import type { Configuration } from '../core/plan/plan.ts';

export function imageParameter(scope: Construct): ModelImage {
  const image = new CfnParameter(scope, 'Image', {
    description:
      'Container image of the model server, in ECR of this region, pinned: <account>.dkr.ecr.<region>.amazonaws.com/<name>@sha256:<digest>',
    allowedPattern: PINNED_IMAGE_PATTERN,
    constraintDescription:
      'must be an ECR image pinned by @sha256:<64 hex digits>; a tag can move under a running fleet',
  });
  return ModelImage.fromUri(image.valueAsString);
}

export function modelParameters(scope: Construct): ModelData {
  const bucket = new CfnParameter(scope, 'ModelBucket', {
    description: 'S3 bucket of the model, in this region',
    allowedPattern: '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$',
    constraintDescription: 'must be the name of a bucket, without s3://',
  });
  const key = new CfnParameter(scope, 'ModelKey', {
    description: 'Key of the prepared model in that bucket, a .tar.gz',
    allowedPattern: '^[^/].*\\.tar\\.gz$',
    constraintDescription: 'must be the key of a .tar.gz, without a leading slash',
  });
  return ModelData.fromBucket(Bucket.fromBucketName(scope, 'ModelFiles', bucket.valueAsString), key.valueAsString);
}

/** Settings that belong to the runtime and not to the model's files. */
export function runtimeEnvironment({ runtime }: Configuration): Record<string, string> {
  // Triton's SageMaker entry point logs every request unless told not to.
  return runtime === 'triton' ? { SAGEMAKER_TRITON_LOG_VERBOSE: 'false' } : {};
}
