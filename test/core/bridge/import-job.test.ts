/** What a job found, as measurements, and beside ours. */
import { describe, expect, it } from 'vitest';
import { type DescribedJob, describedJobSchema, requestedTraffic } from '../../../lib/core/bridge/described-job.ts';
import { disagreements } from '../../../lib/core/bridge/disagreement.ts';
import { type ImportOptions, importJob, JOB_STATISTIC } from '../../../lib/core/bridge/import-job.ts';
import { isTooMany, usersOf } from '../../../lib/core/bridge/latency-unit.ts';
import { measurementSchema } from '../../../lib/core/measure/measurement.ts';
import { publishedMeasurements } from '../../../lib/core/measure/published-measurements.ts';
import { configurationOf, measurementOf } from '../../support/measurements.ts';
import { published } from '../../support/published.ts';
import { describedJob } from '../../support/recommender-job.ts';

const options: ImportOptions = {
  known: [],
  name: null,
  unit: 'ms',
  itemsPerRequest: 1,
  isoOf: (moment) => new Date(moment).toISOString(),
};
const read = (job: unknown): DescribedJob => describedJobSchema.parse(job);
const imported = (job: unknown, o: Partial<ImportOptions> = {}) => {
  const answer = importJob(read(job), { ...options, ...o });
  if (!answer.ok) throw new Error(answer.why);
  return answer.measurements;
};
const refused = (job: unknown, o: Partial<ImportOptions> = {}) => {
  const answer = importJob(read(job), { ...options, ...o });
  if (answer.ok) throw new Error('it was imported');
  return answer;
};

describe('importJob', () => {
  it('makes measurements of origin imported, with every null explained', () => {
    const [first] = imported(describedJob());
    expect(measurementSchema.parse(first)).toEqual(first);
    expect(first).toMatchObject({
      origin: 'imported',
      region: 'us-east-1',
      startedAt: '2026-11-20T10:00:00.000Z',
      stairs: [],
      configuration: { id: 'trt-db@sagemaker/ml.g4dn.2xlarge', name: 'trt-db', runtime: 'unknown' },
      scalar: { statistic: JOB_STATISTIC, latencyMs: 499, requestsPerMinute: 1335, errorRate: null },
      price: {
        usdPerHour: 0.94,
        region: 'us-east-1',
        date: '2026-11-20',
        source: 'CostPerHour of the job over its 23 instances',
      },
      versions: { source: 'Inference Recommender job job-1' },
    });
    expect(first!.scalar!.notes).toEqual([
      expect.stringContaining('errorRate not stated'),
      expect.stringContaining('no percentile and no distribution'),
    ]);
  });

  it('takes runtime and parameters of the plan’s configuration, and its id, so that rows meet', () => {
    const own = {
      id: 'trt-db@sagemaker/ml.g4dn.2xlarge',
      name: 'trt-db',
      target: 'sagemaker' as const,
      instanceType: 'ml.g4dn.2xlarge',
      runtime: 'triton',
      parameters: { backend: 'tensorrt' },
    };
    expect(imported(describedJob(), { known: [own] })[0]!.configuration).toBe(own);
  });

  it('names a configuration by option, description, specification or job, in this order', () => {
    const name = (job: object, o: Partial<ImportOptions> = {}) => imported(describedJob(job), o)[0]!.configuration.name;
    expect(name({}, { name: 'mine' })).toBe('mine');
    expect(name({})).toBe('trt-db');
    expect(name({ JobDescription: 'of Tuesday' })).toBe('job-1');
    const specified = describedJob({ JobDescription: undefined });
    specified.InferenceRecommendations[0]!.ModelConfiguration = { InferenceSpecificationName: 'network' };
    expect(imported(specified)[0]!.configuration.name).toBe('network');
  });

  it('keeps what the job varied apart from ours of the same name', () => {
    const varied = describedJob();
    varied.InferenceRecommendations[0]!.ModelConfiguration = {
      EnvironmentParameters: [{ Key: 'OMP_NUM_THREADS', ValueType: 'String', Value: '4' }],
      CompilationJobName: 'neo-1',
    };
    const own = {
      id: 'trt-db@sagemaker/ml.g4dn.2xlarge',
      name: 'trt-db',
      target: 'sagemaker' as const,
      instanceType: 'ml.g4dn.2xlarge',
      runtime: 'triton',
      parameters: {},
    };
    const [first] = imported(varied, { known: [own] });
    expect(first!.configuration).toEqual({
      id: 'trt-db-OMP_NUM_THREADS=4-neo@sagemaker/ml.g4dn.2xlarge',
      name: 'trt-db-OMP_NUM_THREADS=4-neo',
      target: 'sagemaker',
      instanceType: 'ml.g4dn.2xlarge',
      runtime: 'triton',
      parameters: { OMP_NUM_THREADS: '4' },
    });
    expect(first!.scalar!.notes).toContain('compiled by Neo: neo-1');
  });

  it.each([
    [{ EnvironmentParameters: [{ Key: 'A', ValueType: 'String', Value: '1' }] }, 'trt-db-A=1'],
    [{ CompilationJobName: 'neo-1' }, 'trt-db-neo'],
  ])('does not take %j for ours', (ModelConfiguration, name) => {
    const job = describedJob();
    job.InferenceRecommendations[0]!.ModelConfiguration = ModelConfiguration;
    const own = configurationOf('trt-db', { target: 'sagemaker', instanceType: 'ml.g4dn.2xlarge' });
    expect(imported(job, { known: [own] })[0]!.configuration.name).toBe(name);
  });

  it('leaves NaN and absent figures null with the reason', () => {
    const job = describedJob();
    job.InferenceRecommendations[0]!.Metrics = { MaxInvocations: 1335, ModelLatency: Number.NaN };
    delete (job.InferenceRecommendations[0] as { InvocationStartTime?: string }).InvocationStartTime;
    const [first] = imported(job);
    expect(first).toMatchObject({
      startedAt: null,
      price: null,
      priceNote: 'the job states no CostPerHour',
      scalar: { latencyMs: null },
    });
    expect(first!.scalar!.notes).toContain('latencyMs not stated: ModelLatency is NaN or absent');
  });

  it('says what a job without region, count or date leaves open', () => {
    const job = describedJob({ JobArn: 'job' });
    job.InferenceRecommendations[0]!.EndpointConfiguration = { InstanceType: 'ml.g4dn.2xlarge' };
    expect(imported(job)[0]).toMatchObject({ region: null, price: null, priceNote: 'the job names no region' });
    const undated = describedJob();
    delete (undated.InferenceRecommendations[0] as { InvocationStartTime?: string }).InvocationStartTime;
    undated.InferenceRecommendations[0]!.EndpointConfiguration = {};
    expect(imported(undated)[0]).toMatchObject({
      price: { usdPerHour: 21.62, date: 'no date stated', source: 'CostPerHour of the job' },
      configuration: { instanceType: 'serverless' },
    });
  });

  it.each([
    ['FAILED', 'INVALID_INPUT: 1. Model returned 4xx', 'is FAILED: INVALID_INPUT'],
    ['STOPPED', undefined, 'is STOPPED'],
    ['IN_PROGRESS', undefined, 'is IN_PROGRESS'],
  ])('refuses a job that is %s: what is not failed has not therefore succeeded', (Status, FailureReason, why) => {
    const answer = refused(describedJob({ Status, FailureReason }));
    expect(answer.why).toContain(why);
    expect(answer.fix).toContain('list-inference-recommendations-job-steps --job-name job-1');
  });

  it('refuses a job that recommends nothing', () => {
    expect(refused(describedJob({ InferenceRecommendations: [] })).why).toContain('recommends nothing');
    expect(refused(describedJob({ InferenceRecommendations: undefined })).why).toContain('recommends nothing');
    const bare = describedJob();
    bare.InferenceRecommendations = [{ EndpointConfiguration: { InstanceType: 'ml.g4dn.xlarge' } }] as never;
    expect(refused(bare).why).toContain('recommends nothing');
  });
});

describe('the unit of ModelLatency', () => {
  const micro = () => {
    const job = describedJob();
    job.InferenceRecommendations[0]!.Metrics!.ModelLatency = 499_000;
    return job;
  };

  it('cannot be milliseconds where more requests would be under way than there are users', () => {
    expect(refused(micro())).toEqual({
      ok: false,
      why: "ml.g4dn.2xlarge: 1335 requests/min at 499000 ms would be more at a time than the job's 52 users",
      fix: 'the figure is in microseconds: import it with --latency-unit us',
    });
    expect(imported(micro(), { unit: 'us' })[0]!.scalar).toMatchObject({
      latencyMs: 499,
      notes: expect.arrayContaining(['ModelLatency was read as microseconds']),
    });
  });

  it('is taken as said where the job does not state its traffic', () => {
    const { InputConfig: _, ...job } = micro();
    expect(imported(job)[0]!.scalar!.latencyMs).toBe(499_000);
  });

  it('is judged by the users at the end of the traffic', () => {
    const at = (TrafficPattern: object) => usersOf(read({ ...describedJob(), InputConfig: { TrafficPattern } }));
    expect(
      at({ TrafficType: 'PHASES', Phases: [{ InitialNumberOfUsers: 2, SpawnRate: 2, DurationInSeconds: 1500 }] }),
    ).toBe(52);
    expect(at({ TrafficType: 'STAIRS', Stairs: { DurationInSeconds: 600, NumberOfSteps: 5, UsersPerStep: 2 } })).toBe(
      10,
    );
    expect(at({})).toBeNull();
    const stairs = { TrafficPattern: { Stairs: { DurationInSeconds: 600, NumberOfSteps: 5, UsersPerStep: 2 } } };
    const conditions = {
      MaxInvocations: 300,
      ModelLatencyThresholds: [{ Percentile: 'P99', ValueInMilliseconds: 9 }],
      FlatInvocations: 'Continue',
    };
    expect(
      requestedTraffic(read({ ...describedJob(), InputConfig: stairs, StoppingConditions: conditions }))!.stopping,
    ).toEqual(conditions);
    expect(requestedTraffic(read(describedJob()))!.stopping).toEqual({ FlatInvocations: 'Stop' });
    expect(requestedTraffic(read({ ...describedJob(), InputConfig: undefined }))).toBeNull();
    expect(isTooMany(600, 1000, 10)).toBe(false);
    expect(isTooMany(600, 1001, 10)).toBe(true);
  });
});

describe('disagreements', () => {
  const document = published('triton-instance-sweep');
  const ours = publishedMeasurements(document);
  const slo = document.slo!;
  const known = ours.map(({ configuration }) => configuration);

  it('of source 002 with a job that found the same are none, and what a job does not state is null', () => {
    const rows = disagreements(ours, imported(describedJob(), { known }), slo);
    expect(rows).toHaveLength(24);
    expect(rows[0]).toMatchObject({
      configuration: 'trt-db',
      instanceType: 'ml.g4dn.2xlarge',
      rateRatio: 1,
      latencyRatio: 1,
      outside: null,
      job: {
        requestsPerMinute: 1335,
        latencyMs: 499,
        errorRate: null,
        interval: null,
        statistic: JOB_STATISTIC,
        usdPerHour: 0.94,
      },
      ours: { statistic: 'ModelLatency', errorRate: null },
    });
    expect(rows[1]).toMatchObject({ job: null, rateRatio: null, latencyRatio: null });
  });

  it('show the largest difference first, and rows that only the job has', () => {
    const faster = describedJob();
    const [first] = faster.InferenceRecommendations;
    faster.InferenceRecommendations.push(
      {
        ...first!,
        EndpointConfiguration: { InstanceType: 'ml.g4dn.xlarge', InitialInstanceCount: 1 },
        Metrics: { MaxInvocations: 539, ModelLatency: 407 },
      },
      { ...first!, EndpointConfiguration: { InstanceType: 'ml.g5.xlarge', InitialInstanceCount: 1 } },
    );
    const rows = disagreements(ours, imported(faster, { known }), slo);
    expect(rows[0]).toMatchObject({ instanceType: 'ml.g4dn.xlarge', rateRatio: 0.5, latencyRatio: 0.5 });
    expect(rows.find(({ instanceType }) => instanceType === 'ml.g5.xlarge')).toMatchObject({
      ours: null,
      rateRatio: null,
    });
  });

  it('say whether the job’s rate lies outside our interval, at the highest rate that we reached', () => {
    const own = configurationOf('trt-db', { target: 'sagemaker', instanceType: 'ml.g4dn.2xlarge' });
    const at = (perMinute: number) =>
      disagreements(
        [
          measurementOf(own, [
            { users: 1, ratePerSecond: 5, latencyMs: 90 },
            { users: 16, ratePerSecond: perMinute / 60, latencyMs: 400 },
          ]),
        ],
        imported(describedJob(), { known: [own] }),
        slo,
      )[0]!;
    expect(at(1335)).toMatchObject({
      outside: false,
      rateRatio: expect.closeTo(1, 9),
      ours: { statistic: 'p95', errorRate: 0, latencyMs: expect.closeTo(400, -1) },
    });
    expect(at(1335).ours!.interval!.low).toBeLessThan(1335);
    expect(at(1000)).toMatchObject({ outside: true, rateRatio: expect.closeTo(1.335, 9) });
    expect(at(2000)).toMatchObject({ outside: true });
  });

  it('of a trial that ended before its load have no figures of ours', () => {
    const own = configurationOf('trt-db', { target: 'sagemaker', instanceType: 'ml.g4dn.2xlarge' });
    const [row] = disagreements([measurementOf(own, [])], imported(describedJob(), { known: [own] }), slo);
    expect(row).toMatchObject({
      ours: { requestsPerMinute: null, latencyMs: null, statistic: null },
      rateRatio: null,
      outside: null,
    });
  });
});
