/** The three create calls of a deployment on SageMaker: same name, same tags, each tagged in the call itself. */
import type {
  CreateEndpointCommandInput,
  CreateEndpointConfigCommandInput,
  CreateModelCommandInput,
} from '@aws-sdk/client-sagemaker';
import { inferenceAmiOf } from '../core/catalog/host.ts';
import { prefixes } from '../core/catalog/lab.ts';
import { servingEnvironment } from '../core/catalog/serving-image.ts';
import { TARGET_TIMES } from '../core/plan/time-constants.ts';
import type { DeployRequest } from '../core/ports/target.ts';

/** The only fleet of a trial's endpoint; also stands in the names of its log streams. */
export const VARIANT = 'AllTraffic';

export interface ModelSite {
  /** ARN of the role that models run as: `executionRole` of the Lab. */
  executionRole: string;
  /** Prepared models are below its `artifacts/`, the only prefix that the role may read. */
  artifactsBucket: string;
}

/** @param image pinned reference in ECR of the endpoint's region */
export function modelOf(request: DeployRequest, image: string, site: ModelSite): CreateModelCommandInput {
  return {
    ModelName: request.name,
    ExecutionRoleArn: site.executionRole,
    // The container has no network; SageMaker still brings it the model and the requests.
    EnableNetworkIsolation: true,
    PrimaryContainer: {
      Image: image,
      Environment: servingEnvironment(request.deployment.configuration, request.tokenizer),
      ModelDataSource: modelData(request.artifact, site),
    },
    Tags: tagsOf(request),
  };
}

/**
 * One instance of exactly the planned type: an instance pool could fall back to another one unseen. No KMS key, which
 * families with local NVMe refuse.
 */
export function endpointConfigOf(request: DeployRequest): CreateEndpointConfigCommandInput {
  const { configuration } = request.deployment;
  return {
    EndpointConfigName: request.name,
    ProductionVariants: [
      {
        VariantName: VARIANT,
        ModelName: request.name,
        // A new type need not be known to this SDK; SageMaker judges it.
        InstanceType: configuration.instanceType as never,
        InitialInstanceCount: 1,
        InitialVariantWeight: 1,
        InferenceAmiVersion: inferenceAmiOf(configuration) as never,
        ContainerStartupHealthCheckTimeoutInSeconds: START_LIMIT,
        ModelDataDownloadTimeoutInSeconds: START_LIMIT,
        // The default is random.
        RoutingConfig: { RoutingStrategy: 'LEAST_OUTSTANDING_REQUESTS' },
      },
    ],
    Tags: tagsOf(request),
  };
}

export function endpointOf(request: DeployRequest): CreateEndpointCommandInput {
  return { EndpointName: request.name, EndpointConfigName: request.name, Tags: tagsOf(request) };
}

/**
 * Both timeouts take 60 to 3,600 s (`ProductionVariant` of the API reference). They begin once there is a machine, and must
 * end before the kit's own patience does: only SageMaker can say why a start failed, and what is given up while it is
 * Creating cannot be deleted.
 */
const START_LIMIT = TARGET_TIMES.sagemaker.startLimitSeconds - 2 * TARGET_TIMES.sagemaker.deploySeconds;

function tagsOf({ tags }: DeployRequest) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** Uncompressed, so that nothing is unpacked at the start. */
function modelData(artifact: string, { artifactsBucket }: ModelSite) {
  if (artifact === '') return undefined;
  const below = `s3://${artifactsBucket}/${prefixes.artifacts}`;
  if (!artifact.startsWith(below)) {
    throw new Error(`a model on SageMaker lies below ${below}, and this one is ${artifact}: upload it there first`);
  }
  // A prefix without its slash would also take what merely begins with the same letters.
  const S3Uri = artifact.endsWith('/') ? artifact : `${artifact}/`;
  return { S3DataSource: { S3Uri, S3DataType: 'S3Prefix' as const, CompressionType: 'None' as const } };
}
