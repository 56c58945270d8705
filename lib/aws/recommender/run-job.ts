/** One job of Inference Recommender from its package to its end; a job asked to stop is seen to have stopped. */
import type {
  CreateInferenceRecommendationsJobCommandInput,
  CreateModelPackageCommandInput,
  DescribeInferenceRecommendationsJobCommandOutput,
  RecommendationJobStatus,
  SageMaker,
} from '@aws-sdk/client-sagemaker';
import type { ExportedJob } from '../../core/bridge/exported-job.ts';
import { pages } from '../pages.ts';
import { isNamed, unless } from '../reap/kind-adapter.ts';

export type RecommenderApi = Pick<
  SageMaker,
  | 'createModelPackageGroup'
  | 'createModelPackage'
  | 'createInferenceRecommendationsJob'
  | 'describeInferenceRecommendationsJob'
  | 'stopInferenceRecommendationsJob'
  | 'listInferenceRecommendationsJobSteps'
>;

export interface JobControl {
  /** Asked before each look; a reason stops the job. */
  stop(): Promise<string | null>;
  wait(seconds: number): Promise<void>;
  /** Each time the status is another one. */
  progress?(status: string): void;
  /** @default 30 */
  pollSeconds?: number;
}

export interface JobEnd {
  status: RecommendationJobStatus;
  /** As the service describes the ended job. */
  description: DescribeInferenceRecommendationsJobCommandOutput;
  /** Why it was stopped; null where it was not. */
  stopped: string | null;
  /** Tests that failed, with the service's reason: the job itself says less. */
  failures: { instanceType: string | null; reason: string }[];
}

const ENDED: readonly RecommendationJobStatus[] = ['COMPLETED', 'FAILED', 'STOPPED', 'DELETED'];
/** Beyond its own limit: deployment, and endpoints that are deleted. */
const GRACE_SECONDS = 3600;
const POLL_SECONDS = 30;

/**
 * Registers the package, creates the job unless one of its name is there, and looks until it has ended. A job past its own
 * time is stopped, and one that does not stop is given up after the same grace.
 * @throws Error with the name and the command where the job outlives that: its endpoints may be billed.
 */
export async function runJob(api: RecommenderApi, exported: ExportedJob, control: JobControl): Promise<JobEnd> {
  const job = { ...exported.job, InputConfig: { ...exported.job.InputConfig } };
  const { JobName } = job;
  const running = await unless(isNoJob, null, () => api.describeInferenceRecommendationsJob({ JobName }));
  if (!running) {
    job.InputConfig.ModelPackageVersionArn = await registerPackage(api, exported);
    await unless(isTaken, null, () =>
      api.createInferenceRecommendationsJob(job as CreateInferenceRecommendationsJobCommandInput),
    );
  }
  return watchJob(api, JobName, job.InputConfig.JobDurationInSeconds, control);
}

/** @returns the ARN of the new version. */
async function registerPackage(api: RecommenderApi, { modelPackage, modelPackageGroup }: ExportedJob): Promise<string> {
  await unless(isTaken, null, () => api.createModelPackageGroup(modelPackageGroup));
  // The SDK types instance types as literals, and ours come from the catalog, which has them from the SDK.
  const { ModelPackageArn } = await api.createModelPackage(modelPackage as CreateModelPackageCommandInput);
  return ModelPackageArn!;
}

async function watchJob(
  api: RecommenderApi,
  JobName: string,
  jobSeconds: number,
  { stop, wait, progress, pollSeconds = POLL_SECONDS }: JobControl,
): Promise<JobEnd> {
  let stopped: string | null = null;
  let last: string | null = null;
  let seconds = 0;
  let stopDeadline = Number.POSITIVE_INFINITY;
  for (;;) {
    const description = await api.describeInferenceRecommendationsJob({ JobName });
    const status = description.Status!;
    if (status !== last) progress?.(status);
    last = status;
    if (ENDED.includes(status)) return { status, description, stopped, failures: await failuresOf(api, JobName) };
    if (stopped === null) {
      stopped = (await stop()) ?? (seconds > jobSeconds + GRACE_SECONDS ? 'longer than its own limit' : null);
      if (stopped !== null) {
        await unless(isOver, null, () => api.stopInferenceRecommendationsJob({ JobName }));
        stopDeadline = seconds + GRACE_SECONDS;
      }
    } else if (seconds > stopDeadline) {
      throw new Error(
        `job ${JobName} was asked to stop and is ${status}; its endpoints may be billed: aws sagemaker stop-inference-recommendations-job --job-name ${JobName}`,
      );
    }
    await wait(pollSeconds);
    seconds += pollSeconds;
  }
}

async function failuresOf(api: RecommenderApi, JobName: string): Promise<JobEnd['failures']> {
  const failures: JobEnd['failures'] = [];
  const all = pages(
    (NextToken) => api.listInferenceRecommendationsJobSteps({ JobName, NextToken }),
    ({ NextToken }) => NextToken,
  );
  for await (const { Steps } of all) {
    for (const { InferenceBenchmark } of Steps ?? []) {
      const reason = InferenceBenchmark?.FailureReason;
      if (reason)
        failures.push({ instanceType: InferenceBenchmark.EndpointConfiguration?.InstanceType ?? null, reason });
    }
  }
  return failures;
}

const isNoJob = (error: unknown) => isNamed(error, 'ResourceNotFound');

/** A group says that it exists in a ValidationException, a job in a ResourceInUse. */
const isTaken = (error: unknown) =>
  isNamed(error, 'ResourceInUse') || (isNamed(error, 'ValidationException') && /already exists/i.test(error.message));

/** It ended between the look and the stop. */
const isOver = (error: unknown) => isNoJob(error) || isNamed(error, 'ValidationException');
