/** `experiment.yaml`, as users write it. What one key says about another is checked in `cross-rules.ts`. */
import * as z from 'zod';
import { searches } from '../plan/search-plan.ts';
import { budgetSchema, experimentDemandSchema, objectiveSchema, priceOverrideSchema, sloSchema } from './goal-spec.ts';
import { loadSchema } from './load-spec.ts';
import { modelSchema } from './model-spec.ts';
import { nameSchema, runtimeEntrySchema } from './runtime-spec.ts';
import { targetEntrySchema } from './target-spec.ts';

export const EXPERIMENT_SCHEMA = 'infersweep.experiment.v1';

export const experimentSchema = z.strictObject({
  schema: z.literal(EXPERIMENT_SCHEMA),
  name: nameSchema,
  description: z.string().max(2000).optional(),
  aws: z
    .strictObject({
      region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be an AWS region, such as us-east-1'),
      /** A snapshot that `infersweep prices refresh` wrote; its prices come before the catalog's. */
      prices: z.string().min(1).max(1024).optional(),
    })
    .optional()
    .describe('Needed by targets on AWS; prices and quotas are those of this region'),
  model: modelSchema.describe('What is served and what is sent to it; paths are relative to this file'),
  slo: sloSchema.describe('The latency that clients must see, end to end'),
  demand: experimentDemandSchema
    .optional()
    .describe(
      'Rate that the fleet must serve, low being half and peak one and a half times unless said; or a trace of a day',
    ),
  /** minimize-cost with a demand, maximize-throughput on `local` alone, else minimize-cost. */
  objective: objectiveSchema.optional(),
  budget: budgetSchema.optional().describe('The worst case of a run must fit, or it is refused before it starts'),
  targets: z
    .array(targetEntrySchema)
    .min(1)
    .max(100)
    .describe('Where deployments may live; each entry names one of local, sagemaker, ec2'),
  runtimes: z
    .array(runtimeEntrySchema)
    .min(1)
    .max(1000)
    .describe('How the model may be served; a list of values is an axis of the matrix'),
  load: loadSchema.prefault({}).describe('How deployments are loaded; capacity by default'),
  search: z
    .enum(searches)
    .default('grid')
    .describe('grid loads every cell of the matrix; adaptive leaves out what cannot win'),
  repeats: z.int().min(1).max(100).default(1).describe('Trials of each deployment'),
  baseline: nameSchema.optional().describe('Name of the configuration that ratio columns refer to'),
  prices: z.array(priceOverrideSchema).max(1000).optional().describe('Prices that replace those of the catalog'),
  tags: z
    .record(z.string().regex(/^[A-Za-z0-9_.:/=+@-]{1,128}$/, 'must be a tag key that AWS accepts'), z.string().max(256))
    .optional()
    .describe('Go on everything that is created'),
  /** Items in one request: throughput and cost count items. */
  itemsPerRequest: z.int().min(1).max(100_000).default(1),
  /** `single`: one instance is enough; otherwise production keeps at least two. */
  availability: z.literal('single').optional(),
  /** Share of the measured capacity that an instance is planned to carry. */
  safety: z.number().positive().max(1).default(0.7),
});

/** What an author writes; everything with a default may be left out. */
export type ExperimentInput = z.input<typeof experimentSchema>;
export type ExperimentDocument = z.output<typeof experimentSchema>;
