/** A job from its package to its end, through the real SDK client, against a recommender on the loopback interface. */
import { SageMaker } from '@aws-sdk/client-sagemaker';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type JobControl, runJob } from '../../lib/aws/recommender/run-job.ts';
import { describedJobSchema } from '../../lib/core/bridge/described-job.ts';
import { exportJobs } from '../../lib/core/bridge/export-jobs.ts';
import type { ExportedJob } from '../../lib/core/bridge/exported-job.ts';
import { importJob } from '../../lib/core/bridge/import-job.ts';
import { LoopbackAws } from '../support/aws/loopback-aws.ts';
import { recommenderIn } from '../support/aws/services/recommender.ts';
import { examplePlan } from '../support/example-plan.ts';
import { sha256 } from '../support/experiments.ts';

let aws: LoopbackAws;
beforeEach(async () => {
  aws = await LoopbackAws.start();
  recommenderIn(aws.world).results = {
    'ml.g4dn.xlarge': { MaxInvocations: 1078, ModelLatency: 814, CostPerHour: 20.6192, InitialInstanceCount: 28 },
    'ml.g4dn.2xlarge': { MaxInvocations: 1335, ModelLatency: 499, CostPerHour: 21.62, InitialInstanceCount: 23 },
    'ml.g4dn.12xlarge': 'ResourceLimitExceeded: ml.g4dn.12xlarge for endpoint usage is 0',
  };
});
afterEach(() => aws.close());

const plan = await examplePlan('triton-instance-sweep');
function trtDb(): ExportedJob {
  const exported = exportJobs(plan, {
    role: 'arn:aws:iam::123456789012:role/recommender',
    payload: 's3://bucket/payload.tar.gz',
    models: 's3://bucket/artifacts/',
    image: (name) => `image/${name}`,
    frameworkVersion: '1.6.0',
    sha256,
  });
  if (!exported.ok) throw new Error(JSON.stringify(exported.issues));
  return exported.jobs.find(({ configuration }) => configuration === 'trt-db')!;
}

/** A clock that jumps, and a reason to stop from a moment on. */
function control(o: { stopAfterSeconds?: number } = {}): JobControl & { statuses: string[] } {
  let seconds = 0;
  const statuses: string[] = [];
  return {
    statuses,
    stop: async () => (o.stopAfterSeconds !== undefined && seconds >= o.stopAfterSeconds ? 'interrupt' : null),
    wait: async (s) => {
      seconds += s;
      aws.world.advance(s);
    },
    progress: (status) => void statuses.push(status),
  };
}
const run = (job: ExportedJob, c: JobControl) => runJob(new SageMaker(aws.config), job, c);
const called = (operation: string) => aws.world.calls.filter((call) => call === `sagemaker:${operation}`).length;

describe('runJob', () => {
  it('registers, creates, looks until it has ended, and its figures are imported', async () => {
    const job = trtDb();
    const c = control();
    const end = await run(job, c);
    expect(end).toMatchObject({ status: 'COMPLETED', stopped: null });
    expect(c.statuses).toEqual(['PENDING', 'IN_PROGRESS', 'COMPLETED']);
    expect(end.failures).toEqual([
      { instanceType: 'ml.g4dn.12xlarge', reason: expect.stringContaining('endpoint usage is 0') },
    ]);
    const sent = recommenderIn(aws.world).jobs.get(job.job.JobName)!.request;
    expect(sent).toEqual(job.job);

    const imported = importJob(describedJobSchema.parse(end.description), {
      known: plan.deployments.map((d) => d.configuration),
      name: null,
      unit: 'ms',
      itemsPerRequest: 1,
      isoOf: (moment) => new Date(moment).toISOString(),
    });
    if (!imported.ok) throw new Error(imported.why);
    expect(
      imported.measurements.map((m) => [m.configuration.id, m.scalar!.requestsPerMinute, m.price!.usdPerHour]),
    ).toEqual([
      ['trt-db@sagemaker/ml.g4dn.xlarge', 1078, 0.7364],
      ['trt-db@sagemaker/ml.g4dn.2xlarge', 1335, 0.94],
    ]);
    expect(imported.measurements[0]!.startedAt).toBe('2026-01-31T12:00:00.000Z');
  });

  it('takes up a job of its name that runs already, and registers nothing twice', async () => {
    const job = trtDb();
    const api = new SageMaker(aws.config);
    await api.createInferenceRecommendationsJob(job.job as never);
    const end = await run(job, control());
    expect(end.status).toBe('COMPLETED');
    expect([called('CreateInferenceRecommendationsJob'), called('CreateModelPackage')]).toEqual([1, 0]);
  });

  it('adds a version to a group that exists, and measures that version', async () => {
    const job = trtDb();
    recommenderIn(aws.world).groups.set(job.modelPackageGroup.ModelPackageGroupName, 4);
    await run(job, control());
    const { InputConfig } = recommenderIn(aws.world).jobs.get(job.job.JobName)!.request;
    expect(InputConfig.ModelPackageVersionArn).toMatch(/\/5$/);
  });

  it('stops the job when it is interrupted, once, and sees that it has stopped', async () => {
    recommenderIn(aws.world).jobSeconds = null;
    const end = await run(trtDb(), control({ stopAfterSeconds: 90 }));
    expect(end).toMatchObject({ status: 'STOPPED', stopped: 'interrupt' });
    expect(called('StopInferenceRecommendationsJob')).toBe(1);
  });

  it('stops a job that outlives its own limit', async () => {
    recommenderIn(aws.world).jobSeconds = null;
    const c = control();
    const started = aws.world.nowMs;
    const end = await runJob(new SageMaker(aws.config), trtDb(), { ...c, pollSeconds: 600 });
    expect(end).toMatchObject({ status: 'STOPPED', stopped: 'longer than its own limit' });
    expect((aws.world.nowMs - started) / 1000).toBeGreaterThan(8100);
  });

  it('gives up on a job that does not stop, and says how to stop it', async () => {
    Object.assign(recommenderIn(aws.world), { jobSeconds: null, stopSeconds: null });
    const c = control({ stopAfterSeconds: 0 });
    await expect(runJob(new SageMaker(aws.config), trtDb(), { ...c, pollSeconds: 600 })).rejects.toThrow(
      /is STOPPING; its endpoints may be billed: aws sagemaker stop-inference-recommendations-job --job-name infersweep-trt-db-/,
    );
  });

  it('ends well when the job ended before the stop arrived', async () => {
    recommenderIn(aws.world).jobSeconds = 60;
    aws.world.faults.push({
      call: 'sagemaker:StopInferenceRecommendationsJob',
      code: 'ValidationException',
      message: 'The job is in status COMPLETED',
    });
    const end = await run(trtDb(), control({ stopAfterSeconds: 0 }));
    expect(end.status).toBe('COMPLETED');
  });

  it('says of a failed job why each test failed', async () => {
    for (const type of Object.keys(recommenderIn(aws.world).results)) {
      recommenderIn(aws.world).results[type] = `no ${type}`;
    }
    const end = await run(trtDb(), control());
    expect(end.status).toBe('FAILED');
    expect(end.failures).toHaveLength(3);
    expect(end.description.FailureReason).toContain('INVALID_INPUT');
  });

  it('creates nothing when the package is refused', async () => {
    aws.world.faults.push({ call: 'sagemaker:CreateModelPackage', code: 'AccessDeniedException', message: 'no' });
    await expect(run(trtDb(), control())).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect(called('CreateInferenceRecommendationsJob')).toBe(0);
  });
});
