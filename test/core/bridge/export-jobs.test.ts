/** The jobs of source 002's experiment, as the source ran them; and what no job can measure. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { describedJobSchema, requestedTraffic } from '../../../lib/core/bridge/described-job.ts';
import { type ExportTo, exportJobs } from '../../../lib/core/bridge/export-jobs.ts';
import { jobIssues } from '../../../lib/core/bridge/job-limits.ts';
import { configurationIn, jobDescription } from '../../../lib/core/bridge/job-origin.ts';
import { jobDomain, jobTask } from '../../../lib/core/bridge/model-kind.ts';
import { replayOf } from '../../../lib/core/bridge/traffic.ts';
import type { Plan } from '../../../lib/core/plan/plan.ts';
import { examplePlan } from '../../support/example-plan.ts';
import { cloudExperiment, goodPlan, sha256 } from '../../support/experiments.ts';

const to: ExportTo = {
  role: 'arn:aws:iam::123456789012:role/recommender',
  payload: 's3://bucket/payload.tar.gz',
  models: 's3://bucket/artifacts/',
  image: (name) => `123456789012.dkr.ecr.us-east-1.amazonaws.com/infersweep/${name}@sha256:${'a'.repeat(64)}`,
  frameworkVersion: '1.6.0',
  sha256,
};

function jobsOf(plan: Plan, o: Partial<ExportTo> = {}) {
  const exported = exportJobs(plan, { ...to, ...o });
  if (!exported.ok) throw new Error(JSON.stringify(exported.issues));
  return exported;
}
const whyNot = (plan: Plan, o: Partial<ExportTo> = {}) => {
  const exported = exportJobs(plan, { ...to, ...o });
  return exported.ok ? [] : exported.issues.map(({ message }) => message);
};

const ramp = { protocol: 'phases' as const, phases: [{ initialUsers: 2, spawnRate: 2, duration: '300s' }] };

describe('source 002', async () => {
  const plan = await examplePlan('triton-instance-sweep');
  const { jobs, left } = jobsOf(plan);

  it('is eight jobs, one for each configuration, on three instance types each', () => {
    expect(left).toEqual([]);
    expect(jobs.map(({ configuration }) => configuration)).toEqual([
      'pt-base',
      'pt-db',
      'pt-ig',
      'pt-ig-db',
      'trt-base',
      'trt-db',
      'trt-ig',
      'trt-db-ig',
    ]);
    for (const { job } of jobs) {
      expect(job.InputConfig.EndpointConfigurations).toEqual([
        { InstanceType: 'ml.g4dn.xlarge' },
        { InstanceType: 'ml.g4dn.2xlarge' },
        { InstanceType: 'ml.g4dn.12xlarge' },
      ]);
      expect(jobIssues(job)).toEqual([]);
    }
  });

  it('has the source’s traffic, limit and rate', () => {
    const { InputConfig, StoppingConditions, JobType } = jobs[5]!.job;
    expect(JobType).toBe('Advanced');
    expect(InputConfig.TrafficPattern).toEqual({
      TrafficType: 'PHASES',
      Phases: [{ InitialNumberOfUsers: 2, SpawnRate: 2, DurationInSeconds: 1500 }],
    });
    expect(StoppingConditions).toEqual({
      MaxInvocations: 30_000,
      ModelLatencyThresholds: [{ Percentile: 'P95', ValueInMilliseconds: 500 }],
      FlatInvocations: 'Stop',
    });
    expect(InputConfig).toMatchObject({
      JobDurationInSeconds: 3 * (1500 + 1200),
      ResourceLimit: { MaxNumberOfTests: 3, MaxParallelOfTests: 1 },
    });
  });

  it('is replayed without the job by the load of its own experiment', () => {
    const yaml = parse(readFileSync('examples/triton-instance-sweep/experiment.yaml', 'utf8'));
    const { InputConfig, StoppingConditions } = jobs[0]!.job;
    const replay = replayOf(InputConfig.TrafficPattern, StoppingConditions);
    expect(replay.load).toEqual(yaml.load);
    expect(replay.slo).toEqual(yaml.slo);
    expect(replay.requestsPerMinute).toBe(yaml.demand.requestsPerMinute);
    const described = describedJobSchema.parse({ ...jobs[0]!.job, JobArn: 'arn', Status: 'COMPLETED' });
    expect(requestedTraffic(described)).toEqual({ traffic: InputConfig.TrafficPattern, stopping: StoppingConditions });
  });

  it('registers what the source says of its model', () => {
    const { modelPackage, modelPackageGroup, job } = jobs[5]!;
    const { preparation } = plan.deployments.find(({ configuration }) => configuration.name === 'trt-db')!;
    expect(modelPackage).toMatchObject({
      Domain: 'NATURAL_LANGUAGE_PROCESSING',
      Task: 'FILL_MASK',
      SamplePayloadUrl: 's3://bucket/payload.tar.gz',
      InferenceSpecification: {
        Containers: [
          {
            Image: to.image('triton-sagemaker'),
            ModelDataUrl: `s3://bucket/artifacts/${preparation}/model.tar.gz`,
            Framework: 'PYTORCH',
            FrameworkVersion: '1.6.0',
          },
        ],
        SupportedContentTypes: ['application/json'],
        SupportedRealtimeInferenceInstanceTypes: ['ml.g4dn.xlarge', 'ml.g4dn.2xlarge', 'ml.g4dn.12xlarge'],
      },
    });
    const group = modelPackageGroup.ModelPackageGroupName;
    expect(modelPackage.ModelPackageGroupName).toBe(group);
    expect(group.length).toBeLessThanOrEqual(40);
    expect(job.InputConfig.ModelPackageVersionArn).toBe(
      `arn:aws:sagemaker:us-east-1:123456789012:model-package/${group}/1`,
    );
  });

  it('gives every job a name of its own, the same each time, another for another payload', () => {
    const names = jobs.map(({ job }) => job.JobName);
    expect(new Set(names).size).toBe(8);
    expect(jobsOf(plan).jobs.map(({ job }) => job.JobName)).toEqual(names);
    expect(jobsOf(plan, { payload: 's3://bucket/other.tar.gz' }).jobs[0]!.job.JobName).not.toBe(names[0]);
  });

  it('says in the job what it measures', () => {
    expect(jobs.map(({ job }) => configurationIn(job.JobDescription))).toEqual(
      jobs.map(({ configuration }) => configuration),
    );
  });
});

describe('exportJobs', () => {
  const types = ['xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge', '16xlarge'].map((size) => `ml.g4dn.${size}`);
  const many = ['xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge', '16xlarge'].map((size) => `ml.g5.${size}`);

  it('splits at ten instance types and keeps artifacts of other devices apart', () => {
    const onnx = goodPlan(
      cloudExperiment({
        model: { source: 's3://b/m.onnx', inputs: 'i' },
        targets: [{ sagemaker: { instanceTypes: [...types, ...many] } }],
        runtimes: [{ onnxruntime: { provider: 'cuda' } }],
        load: ramp,
      }),
    );
    expect(jobsOf(onnx).jobs.map(({ deployments }) => deployments.length)).toEqual([10, 2]);
    const engines = goodPlan(
      cloudExperiment({ targets: [{ sagemaker: { instanceTypes: [...types, ...many] } }], load: ramp }),
    );
    expect(jobsOf(engines).jobs.map(({ deployments }) => deployments.length)).toEqual([6, 6]);
  });

  it('runs the tests at once where one after the other would be longer than a job may be', () => {
    const hour = { protocol: 'phases' as const, phases: [{ initialUsers: 1, spawnRate: 1, duration: '3600s' }] };
    const plan = goodPlan(cloudExperiment({ targets: [{ sagemaker: { instanceTypes: types } }], load: hour }));
    expect(jobsOf(plan).jobs[0]!.job.InputConfig).toMatchObject({
      JobDurationInSeconds: 4800,
      ResourceLimit: { MaxNumberOfTests: 6, MaxParallelOfTests: 6 },
    });
  });

  it('leaves what is not on SageMaker to the kit', () => {
    const plan = goodPlan(
      cloudExperiment({
        targets: [{ sagemaker: { instanceTypes: ['ml.g4dn.xlarge'] } }, { ec2: { instanceTypes: ['g4dn.xlarge'] } }],
        load: ramp,
      }),
    );
    expect(jobsOf(plan).left).toEqual([plan.deployments[1]!.id]);
  });

  it('states no threshold for another percentile, and no rate above the service’s', () => {
    const plan = goodPlan(
      cloudExperiment({ slo: { percentile: 99, latencyMs: 50 }, demand: { requestsPerMinute: 30_001 }, load: ramp }),
    );
    expect(jobsOf(plan).jobs[0]!.job.StoppingConditions).toEqual({ FlatInvocations: 'Stop' });
    const plain = goodPlan(
      cloudExperiment({ demand: { requestsPerMinute: 0.5 }, load: ramp, slo: { percentile: 95, latencyMs: 0.4 } }),
    );
    expect(jobsOf(plain).jobs[0]!.job.StoppingConditions).toMatchObject({
      MaxInvocations: 1,
      ModelLatencyThresholds: [{ ValueInMilliseconds: 1 }],
    });
  });

  it('carries the experiment’s tags and the partition of the role', () => {
    const plan = goodPlan(cloudExperiment({ tags: { team: 'search' }, load: ramp }));
    const { job } = jobsOf(plan, { role: 'arn:aws-cn:iam::123456789012:role/path/r' }).jobs[0]!;
    expect(job.Tags).toEqual([
      { Key: 'team', Value: 'search' },
      { Key: 'infersweep:experiment', Value: 'cloud' },
    ]);
    expect(job.InputConfig.ModelPackageVersionArn).toMatch(/^arn:aws-cn:sagemaker:/);
  });

  it('teaches what is in the way', () => {
    const cloud = (o: object = {}) => goodPlan(cloudExperiment({ load: ramp, ...o }));
    expect(
      whyNot(goodPlan(cloudExperiment({ targets: [{ ec2: { instanceTypes: ['g4dn.xlarge'] } }], load: ramp }))),
    ).toEqual(['Inference Recommender measures SageMaker endpoints, and this plan has none']);
    expect(whyNot(goodPlan(cloudExperiment()))).toEqual([expect.stringContaining('3 rounds')]);
    expect(whyNot(cloud(), { role: 'recommender' })).toEqual([
      expect.stringContaining('arn:aws:iam::ACCOUNT:role/NAME'),
    ]);
    expect(whyNot(cloud(), { image: () => null })).toEqual([
      expect.stringContaining('no address of the image triton-sagemaker'),
    ]);
    const steep = cloud({
      load: { protocol: 'phases', phases: [{ initialUsers: 4, spawnRate: 1, duration: '300s' }] },
    });
    expect(whyNot(steep)).toEqual([
      expect.stringMatching(/Phases\[0\].InitialNumberOfUsers: must be a whole number from 1 to 3, not 4/),
    ]);
  });

  it('sends no model where the runtime needs none', () => {
    const plan = goodPlan(
      cloudExperiment({
        targets: [{ sagemaker: { instanceTypes: ['ml.c7i.large'] } }],
        runtimes: [{ reference: {} }],
        load: ramp,
      }),
    );
    expect(jobsOf(plan).jobs[0]!.modelPackage.InferenceSpecification.Containers[0]).not.toHaveProperty('ModelDataUrl');
  });
});

describe('the words for a model', () => {
  it.each([
    ['fill-mask', 'FILL_MASK', 'NATURAL_LANGUAGE_PROCESSING'],
    ['text-classification', 'CLASSIFICATION', 'NATURAL_LANGUAGE_PROCESSING'],
    ['feature-extraction', 'OTHER', 'NATURAL_LANGUAGE_PROCESSING'],
    ['summarization', 'TEXT_GENERATION', 'NATURAL_LANGUAGE_PROCESSING'],
    ['image-classification', 'IMAGE_CLASSIFICATION', 'COMPUTER_VISION'],
    ['object-detection', 'OBJECT_DETECTION', 'COMPUTER_VISION'],
    ['regression', 'REGRESSION', 'MACHINE_LEARNING'],
    ['tabular', 'OTHER', 'MACHINE_LEARNING'],
    [null, 'OTHER', 'MACHINE_LEARNING'],
  ])('%s is %s in %s', (task, kind, domain) => {
    expect([jobTask(task), jobDomain(task)]).toEqual([kind, domain]);
  });

  it('keep the configuration readable when names are long', () => {
    const name = 'c'.repeat(63);
    const text = jobDescription('e'.repeat(63), name);
    expect(text.length).toBeLessThanOrEqual(128);
    expect(configurationIn(text)).toBe(name);
    expect(configurationIn('load test of Tuesday')).toBeNull();
  });
});
