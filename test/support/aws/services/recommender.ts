/** Inference Recommender: jobs that take their time, measure what the world says, and can be stopped. */
import { unknownOperation } from '../service.ts';
import { type AwsWorld, account, region, ServiceError } from '../world.ts';

export interface WorldJob {
  request: {
    JobName: string;
    JobType: string;
    RoleArn: string;
    JobDescription?: string;
    /** Given when it is created, and never shown again. */
    Tags?: unknown;
    InputConfig: { ModelPackageVersionArn: string; EndpointConfigurations: { InstanceType: string }[] };
  };
  createdMs: number;
  stopAskedMs: number | null;
}

export interface RecommenderState {
  jobs: Map<string, WorldJob>;
  groups: Map<string, number>;
  /** What a test of an instance type finds; a text is why it fails. */
  results: Record<
    string,
    { MaxInvocations: number; ModelLatency: number; CostPerHour: number; InitialInstanceCount: number } | string
  >;
  /** Until the job ends by itself; null for never. */
  jobSeconds: number | null;
  /** Until a stopped job is STOPPED; null for never. */
  stopSeconds: number | null;
}

const states = new WeakMap<AwsWorld, RecommenderState>();

export function recommenderIn(world: AwsWorld): RecommenderState {
  const known = states.get(world) ?? {
    jobs: new Map(),
    groups: new Map(),
    results: {},
    jobSeconds: 600,
    stopSeconds: 120,
  };
  states.set(world, known);
  return known;
}

/**
 * Part of SageMaker. Operations, members, ResourceNotFound and ResourceInUse as in the API model of @aws-sdk/client-sagemaker
 * 3.1142.0; statuses from the same. A group that exists is a ValidationException.
 */
// biome-ignore lint/suspicious/noExplicitAny: each operation has a body of its own
export function recommend(world: AwsWorld, operation: string, body: any): unknown {
  const state = recommenderIn(world);
  const job = () => {
    const found = state.jobs.get(body.JobName);
    if (!found) throw new ServiceError('ResourceNotFound', `Could not find job ${body.JobName}`);
    return found;
  };
  const arn = (rest: string) => `arn:aws:sagemaker:${region}:${account}:${rest}`;
  switch (operation) {
    case 'CreateModelPackageGroup': {
      const name = body.ModelPackageGroupName;
      if (state.groups.has(name)) {
        throw new ServiceError(
          'ValidationException',
          `Model Package Group already exists: ${arn(`model-package-group/${name}`)}`,
        );
      }
      state.groups.set(name, 0);
      return { ModelPackageGroupArn: arn(`model-package-group/${name}`) };
    }
    case 'CreateModelPackage': {
      const name = body.ModelPackageGroupName;
      const version = (state.groups.get(name) ?? 0) + 1;
      state.groups.set(name, version);
      return { ModelPackageArn: arn(`model-package/${name}/${version}`) };
    }
    case 'CreateInferenceRecommendationsJob':
      if (state.jobs.has(body.JobName)) throw new ServiceError('ResourceInUse', `Job ${body.JobName} already exists`);
      state.jobs.set(body.JobName, { request: body, createdMs: world.nowMs, stopAskedMs: null });
      return { JobArn: arn(`inference-recommendations-job/${body.JobName}`) };
    case 'StopInferenceRecommendationsJob':
      job().stopAskedMs ??= world.nowMs;
      return {};
    case 'DescribeInferenceRecommendationsJob': {
      const {
        request: { Tags: _, ...request },
        createdMs,
      } = job();
      const Status = statusOf(job(), state, world.nowMs);
      return {
        ...request,
        JobArn: arn(`inference-recommendations-job/${body.JobName}`),
        Status,
        CreationTime: createdMs / 1000,
        LastModifiedTime: world.nowMs / 1000,
        ...(Status === 'FAILED' ? { FailureReason: 'INVALID_INPUT: 1. Model returned 4xx or 5xx error code' } : {}),
        ...(Status === 'COMPLETED' ? { InferenceRecommendations: recommendations(job(), state) } : {}),
      };
    }
    case 'ListInferenceRecommendationsJobSteps':
      return {
        Steps: job().request.InputConfig.EndpointConfigurations.map(({ InstanceType }) => {
          const result = state.results[InstanceType];
          const failure = typeof result === 'string' ? { FailureReason: result } : {};
          const InferenceBenchmark = {
            ModelConfiguration: {},
            EndpointConfiguration: { EndpointName: 'sm-epc-1', VariantName: 'v', InstanceType },
            ...failure,
          };
          return { StepType: 'BENCHMARK', JobName: body.JobName, Status: 'COMPLETED', InferenceBenchmark };
        }),
      };
    default:
      throw unknownOperation(operation);
  }
}

/** Whether an operation is one of this part. */
export const isOfRecommender = (operation: string) => /InferenceRecommendations|ModelPackage/.test(operation);

function statusOf({ request, createdMs, stopAskedMs }: WorldJob, state: RecommenderState, nowMs: number): string {
  if (stopAskedMs !== null) {
    return state.stopSeconds !== null && nowMs >= stopAskedMs + state.stopSeconds * 1000 ? 'STOPPED' : 'STOPPING';
  }
  if (state.jobSeconds === null || nowMs < createdMs + state.jobSeconds * 1000)
    return nowMs === createdMs ? 'PENDING' : 'IN_PROGRESS';
  const types = request.InputConfig.EndpointConfigurations;
  return types.every(({ InstanceType }) => typeof state.results[InstanceType] === 'string') ? 'FAILED' : 'COMPLETED';
}

function recommendations({ request, createdMs }: WorldJob, { results }: RecommenderState): unknown[] {
  return request.InputConfig.EndpointConfigurations.flatMap(({ InstanceType }, i) => {
    const result = results[InstanceType];
    if (result === undefined || typeof result === 'string') return [];
    const { InitialInstanceCount, ...metrics } = result;
    return [
      {
        RecommendationId: `${request.JobName}/${i}`,
        Metrics: { ...metrics, CostPerInference: metrics.CostPerHour / (metrics.MaxInvocations * 60) },
        EndpointConfiguration: { EndpointName: 'sm-epc-1', VariantName: 'v', InstanceType, InitialInstanceCount },
        ModelConfiguration: {},
        InvocationStartTime: createdMs / 1000,
      },
    ];
  });
}
