/** `plan.json`: what a run will do, decided before anything exists. */
import * as z from 'zod';
import { toleranceSchema } from '../load/job.ts';
import { traceSchema } from '../scale/trace/trace.ts';
import { loadPlanSchema } from './load-plan.ts';
import { preparationKinds } from './preparation-kind.ts';
import { searches } from './search-plan.ts';

export const targetNames = ['local', 'sagemaker', 'ec2'] as const;
export type TargetName = (typeof targetNames)[number];

/** `search`: the adaptive search did not load it, because it cannot win. */
export const skipCodes = ['quota', 'capacity', 'not-offered', 'no-price', 'incompatible', 'search'] as const;

export const skippedRowSchema = z.strictObject({
  configuration: z.string(),
  target: z.enum(targetNames),
  instanceType: z.string(),
  code: z.enum(skipCodes),
  /** Compatibility rule that excluded it; null for the other codes. */
  rule: z.string().nullable(),
  /** What the user can change; for `search`, what was predicted. */
  fix: z.string().nullable(),
});
export type SkippedRow = z.infer<typeof skippedRowSchema>;

/** Parameter values of one configuration, defaults filled in. */
export const parametersSchema = z.record(
  z.string(),
  z.union([
    z.string(),
    z.number(),
    z.boolean(),
    z.null(),
    z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  ]),
);
export type Parameters = z.infer<typeof parametersSchema>;

export const configurationSchema = z.strictObject({
  /** `name@target/instanceType`. */
  id: z.string(),
  /** Covers runtime and parameters. */
  name: z.string(),
  target: z.enum(targetNames),
  instanceType: z.string(),
  runtime: z.string(),
  parameters: parametersSchema,
});
export type Configuration = z.infer<typeof configurationSchema>;

export const preparationSchema = z.strictObject({
  /** Hash of everything that determines the artifact. */
  id: z.string(),
  runtime: z.string(),
  kind: z.enum(preparationKinds),
  /** Path or address of the model, resolved. */
  source: z.string(),
  /** Python environment that serves the runtime; null where the standard library is enough. */
  environment: z.string().nullable(),
  host: z.enum(targetNames),
  /** Smallest instance type that can make it; null where any CPU can, this machine's included. */
  needs: z.string().nullable(),
  /** Device that the artifact is made for (`nvidia-t4`, `aws-inferentia`); null where it runs on any CPU. */
  device: z.string().nullable(),
  /** What is compiled into it, for the script that makes it: shapes, precision, cores. */
  settings: z.record(z.string(), z.union([z.string(), z.number()])),
  secondsExpected: z.number().nonnegative(),
  /** null when it was not looked up. */
  cached: z.boolean().nullable(),
});
export type Preparation = z.infer<typeof preparationSchema>;

export const plannedDeploymentSchema = z.strictObject({
  /** Equal to the configuration's id. */
  id: z.string(),
  configuration: configurationSchema,
  /** Id in `preparations`; null when the runtime needs no model. */
  preparation: z.string().nullable(),
  /** Deployments of one group are alive together and compared in interleaved windows. */
  group: z.string(),
  /** null with the reason in `priceNote`. */
  usdPerHour: z.number().nonnegative().nullable(),
  priceNote: z.string().nullable(),
  /** Where the price stands; null without one. */
  priceSource: z.strictObject({ source: z.string(), region: z.string(), date: z.string() }).nullable(),
  /** null off `ec2`. */
  purchase: z.enum(['on-demand', 'spot']).nullable(),
});
export type PlannedDeployment = z.infer<typeof plannedDeploymentSchema>;

export const plannedTrialSchema = z.strictObject({
  id: z.string(),
  deployment: z.string(),
  repeat: z.int().min(1),
  /** `confirm` trials exist for every deployment in the plan, but only finalists run theirs. */
  purpose: z.enum(['screen', 'confirm']),
  secondsExpected: z.number().nonnegative(),
});
export type PlannedTrial = z.infer<typeof plannedTrialSchema>;

export const planSchema = z.strictObject({
  schema: z.literal('infersweep.plan.v1'),
  experiment: z.string(),
  /** SHA-256 of the parsed experiment; `resume` refuses another. */
  experimentSha256: z.string(),
  kitVersion: z.string(),
  region: z.string().nullable(),
  preparations: z.array(preparationSchema),
  deployments: z.array(plannedDeploymentSchema),
  trials: z.array(plannedTrialSchema),
  skipped: z.array(skippedRowSchema),
  warnings: z.array(z.string()),
  load: loadPlanSchema,
  /** Resolved input and golden files, absolute or relative to the experiment; golden null when none. */
  model: z.strictObject({
    source: z.string(),
    /** As the experiment names it; null where it does not. */
    task: z.string().nullable(),
    inputs: z.string(),
    golden: z.string().nullable(),
    tokenizer: z.strictObject({ maxLength: z.int(), padding: z.enum(['none', 'multipleOf8', 'max']) }).nullable(),
    tolerance: toleranceSchema,
  }),
  slo: z.strictObject({ percentile: z.number(), latencyMs: z.number(), maxErrorRate: z.number() }),
  demand: z.strictObject({ requestsPerMinute: z.number(), low: z.number(), peak: z.number() }).nullable(),
  /** Where the demand was given as a trace: all of it, for scaling policies to be judged by. */
  demandTrace: traceSchema.optional(),
  objective: z.enum(['minimize-cost', 'minimize-latency', 'maximize-throughput', 'balanced']),
  itemsPerRequest: z.int().min(1),
  /** `grid` runs every trial; `adaptive` decides after each which is next, as `load.adaptive` bounds it. */
  search: z.enum(searches),
  /** Name of the configuration that ratio columns refer to. */
  baseline: z.string().nullable(),
  /** `redundant` keeps at least two instances in production. */
  availability: z.enum(['single', 'redundant']),
  /** Share of the measured capacity that an instance is planned to carry. */
  safety: z.number(),
  budget: z.strictObject({ usd: z.number().nullable(), hours: z.number().nullable() }),
  tags: z.record(z.string(), z.string()),
  estimate: z.strictObject({
    usdExpected: z.number().nullable(),
    usdWorstCase: z.number().nullable(),
    secondsExpected: z.number(),
  }),
});
export type Plan = z.infer<typeof planSchema>;
