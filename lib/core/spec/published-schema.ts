/** `published.json`: the figures of somebody else's document, as printed, with everything it does not state left null. */
import * as z from 'zod';
import { validitySchema } from '../measure/validity.ts';
import { parametersSchema, targetNames } from '../plan/plan.ts';
import { conclusionSchema } from './conclusion-schema.ts';
import { demandSchema, objectiveSchema, sloSchema } from './goal-spec.ts';
import { publishedIssues } from './published-rules.ts';

export const PUBLISHED_SCHEMA = 'infersweep.published.v1';

/** Where a figure stands: some pages lost their pictures, some their punctuation. */
export const provenances = ['table', 'console', 'text', 'chart-only', 'garbled-text'] as const;
export type Provenance = (typeof provenances)[number];

export const rateUnits = ['requests/min', 'requests/s', 'items/s'] as const;

const reason = z.string().min(1);

/** Why a value is null; on a row for that row, on the document for every row that does not say it itself. */
export const notStatedSchema = z.strictObject({
  latencyMs: reason.optional(),
  rate: reason.optional(),
  errorRate: reason.optional(),
  concurrency: reason.optional(),
});

/** What the document itself works out from its rows: recomputed and compared, never trusted. */
export const printedSchema = z.strictObject({
  instances: z.int().positive().optional(),
  fleetUsdPerHour: z.number().positive().optional(),
  usdPerMillion: z.number().positive().optional(),
  /** Throughput over that of the row in `against`. */
  rateRatio: z.number().positive().optional(),
  /** Cost per item over that of the row in `against`, in percent. */
  costRatioPercent: z.number().positive().optional(),
});
export type Printed = z.infer<typeof printedSchema>;

export const publishedRowSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/, 'must be lower-case letters, digits, dots and dashes'),
  configuration: z.strictObject({
    name: z.string().min(1),
    target: z.enum(targetNames),
    instanceType: z.string().min(1),
    runtime: z.string().min(1),
    parameters: parametersSchema,
  }),
  model: z.string().min(1),
  repeat: z.int().min(1).default(1),
  /** What the latency is, in the source's own words: p95, average, ModelLatency. */
  statistic: z.string().min(1),
  latencyMs: z.number().positive().nullable(),
  /** In the source's own unit. */
  rate: z.strictObject({ value: z.number().nonnegative(), unit: z.enum(rateUnits) }).nullable(),
  /** Items that one request, or one call, carries. */
  itemsPerRequest: z.int().min(1).default(1),
  /** Requests under way at a time. */
  concurrency: z.int().min(1).nullable(),
  errorRate: z.number().min(0).max(1).nullable(),
  validity: validitySchema.default({ status: 'valid', reasons: [] }),
  provenance: z.enum(provenances),
  /** The figures letter by letter; null where the document prints none. */
  asPrinted: z.string().nullable(),
  printed: printedSchema.optional(),
  /** Id of the row that the printed ratios refer to. */
  against: z.string().optional(),
  notStated: notStatedSchema.default({}),
  notes: z.array(reason).default([]),
});
export type PublishedRow = z.infer<typeof publishedRowSchema>;

export const publishedPriceSchema = z.strictObject({
  target: z.enum(targetNames),
  instanceType: z.string().min(1),
  usdPerHour: z.number().positive(),
  source: z.string().min(1),
  region: z.string().min(1),
  /** null where the document does not date it. */
  date: z.string().nullable(),
});

export const publishedSchema = z
  .strictObject({
    schema: z.literal(PUBLISHED_SCHEMA),
    /** As the kit prints it. */
    name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower-case letters, digits and dashes'),
    source: z.strictObject({
      id: z.string().min(1),
      title: z.string().min(1),
      /** What the document is, and who measured what. */
      about: z.string().min(1),
    }),
    region: z.string().nullable(),
    date: z.string().nullable(),
    /** null where the document states no limit: then none excludes a row. */
    slo: sloSchema.nullable(),
    demand: demandSchema.nullable(),
    objective: objectiveSchema,
    /** Name of the configuration that ratio columns refer to. */
    baseline: z.string().nullable(),
    prices: z.array(publishedPriceSchema),
    notStated: notStatedSchema.extend({
      slo: reason.optional(),
      demand: reason.optional(),
      region: reason.optional(),
      date: reason.optional(),
      prices: reason.optional(),
    }),
    measurements: z.array(publishedRowSchema).min(1),
    conclusions: z.array(conclusionSchema),
    /** What a reader must know before using the figures; printed with every decision made from them. */
    notes: z.array(reason),
  })
  .check((found) => {
    for (const { path, message } of publishedIssues(found.value)) {
      found.issues.push({ code: 'custom', path, message, input: undefined });
    }
  });
export type Published = z.infer<typeof publishedSchema>;
