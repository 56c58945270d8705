/** What a job found, as measurements: single figures of a source, with what it does not state left null. */
import type { Measurement } from '../measure/measurement.ts';
import type { Configuration } from '../plan/plan.ts';
import { tidy } from '../scale/tidy.ts';
import { type DescribedJob, figureOf, type JobMoment, type JobRecommendation } from './described-job.ts';
import { configurationIn } from './job-origin.ts';
import { isTooMany, type LatencyUnit, latencyMsOf, usersOf } from './latency-unit.ts';

export interface ImportOptions {
  /** Configurations of the plan that the job was exported from; what matches gets their runtime and parameters. */
  known: readonly Configuration[];
  /** Name of the configuration; null to take it from the job's description. */
  name: string | null;
  unit: LatencyUnit;
  itemsPerRequest: number;
  /** ISO 8601 of a moment that the SDK or the CLI gave. */
  isoOf: (moment: JobMoment) => string;
}

export type Imported = { ok: true; measurements: Measurement[] } | { ok: false; why: string; fix: string };

/** AWS's own words, and what they leave open. */
export const JOB_STATISTIC = 'ModelLatency at MaxInvocations (no percentile)';

const NOTES = [
  'errorRate not stated: the job returns none',
  'no percentile and no distribution: the job returns the latency at the time the rate first levels out',
];

/** A job that did not complete is refused: its figures, if any, are of whatever it got to. */
export function importJob(job: DescribedJob, o: ImportOptions): Imported {
  const { JobName, Status, FailureReason } = job;
  if (Status !== 'COMPLETED') {
    return {
      ok: false,
      why: `job ${JobName} is ${Status}${FailureReason ? `: ${FailureReason}` : ''}`,
      fix: `aws sagemaker list-inference-recommendations-job-steps --job-name ${JobName} says why of each test`,
    };
  }
  const found = (job.InferenceRecommendations ?? []).filter((r) => figureOf(r.Metrics?.MaxInvocations) !== null);
  if (found.length === 0) {
    return {
      ok: false,
      why: `job ${JobName} recommends nothing on instances`,
      fix: 'import a job that tested instance types',
    };
  }
  const users = usersOf(job);
  for (const { Metrics, EndpointConfiguration } of found) {
    const rate = figureOf(Metrics!.MaxInvocations)!;
    const latency = figureOf(Metrics!.ModelLatency);
    if (latency === null || users === null || !isTooMany(rate, latencyMsOf(latency, o.unit), users)) continue;
    return {
      ok: false,
      why: `${EndpointConfiguration.InstanceType}: ${rate} requests/min at ${latencyMsOf(latency, o.unit)} ms would be more at a time than the job's ${users} users`,
      fix: 'the figure is in microseconds: import it with --latency-unit us',
    };
  }
  return { ok: true, measurements: found.map((r, i) => measurementOf(job, r, i, o)) };
}

function measurementOf(job: DescribedJob, r: JobRecommendation, index: number, o: ImportOptions): Measurement {
  const metrics = r.Metrics!;
  const configuration = configurationOf(job, r, o);
  const latency = figureOf(metrics.ModelLatency);
  const region = job.JobArn.split(':')[3] || null;
  const price = priceOf(r);
  return {
    schema: 'infersweep.measurement.v1',
    trial: `${job.JobName}/${r.RecommendationId ?? index}`,
    configuration,
    purpose: 'screen',
    repeat: 1,
    origin: 'imported',
    region,
    startedAt: r.InvocationStartTime === undefined ? null : o.isoOf(r.InvocationStartTime),
    itemsPerRequest: o.itemsPerRequest,
    stairs: [],
    scalar: {
      statistic: JOB_STATISTIC,
      latencyMs: latency === null ? null : latencyMsOf(latency, o.unit),
      requestsPerMinute: figureOf(metrics.MaxInvocations),
      errorRate: null,
      notes: [
        ...NOTES,
        ...(latency === null ? ['latencyMs not stated: ModelLatency is NaN or absent'] : []),
        ...(r.ModelConfiguration?.CompilationJobName
          ? [`compiled by Neo: ${r.ModelConfiguration.CompilationJobName}`]
          : []),
        ...(o.unit === 'us' ? ['ModelLatency was read as microseconds'] : []),
      ],
    },
    golden: { checked: 0, wrong: 0, firstMismatch: null },
    startup: { readySeconds: null, prepareSeconds: null, prepareCached: null },
    price: price === null || region === null ? null : { ...price, region, date: dayOf(r, o) },
    priceNote: price === null ? 'the job states no CostPerHour' : region === null ? 'the job names no region' : null,
    validity: { status: 'valid', reasons: [] },
    versions: { source: `Inference Recommender job ${job.JobName}` },
  };
}

function configurationOf(job: DescribedJob, r: JobRecommendation, o: ImportOptions): Configuration {
  const environment = r.ModelConfiguration?.EnvironmentParameters ?? [];
  const base =
    o.name ??
    configurationIn(job.JobDescription ?? null) ??
    r.ModelConfiguration?.InferenceSpecificationName ??
    job.JobName.toLowerCase();
  const instanceType = r.EndpointConfiguration.InstanceType ?? 'serverless';
  const known = o.known.find((c) => c.name === base && c.target === 'sagemaker' && c.instanceType === instanceType);
  if (known && environment.length === 0 && !r.ModelConfiguration?.CompilationJobName) return known;
  // What the job varied is another configuration than ours of the same name.
  const varied = environment.map(({ Key, Value }) => `${Key}=${Value}`);
  const neo = r.ModelConfiguration?.CompilationJobName ? ['neo'] : [];
  const name = [base, ...varied, ...neo].join('-');
  return {
    id: `${name}@sagemaker/${instanceType}`,
    name,
    target: 'sagemaker',
    instanceType,
    runtime: known?.runtime ?? 'unknown',
    parameters: { ...known?.parameters, ...Object.fromEntries(environment.map(({ Key, Value }) => [Key, Value])) },
  };
}

/** CostPerHour is the fleet's: InitialInstanceCount × the hourly price reproduces all 24 rows of source 002. */
function priceOf(r: JobRecommendation): { usdPerHour: number; source: string } | null {
  const cost = figureOf(r.Metrics?.CostPerHour);
  if (cost === null) return null;
  const count = figureOf(r.EndpointConfiguration.InitialInstanceCount) ?? 1;
  const source = count === 1 ? 'CostPerHour of the job' : `CostPerHour of the job over its ${count} instances`;
  return { usdPerHour: tidy(cost / count), source };
}

function dayOf(r: JobRecommendation, o: ImportOptions): string {
  return r.InvocationStartTime === undefined ? 'no date stated' : o.isoOf(r.InvocationStartTime).slice(0, 10);
}
