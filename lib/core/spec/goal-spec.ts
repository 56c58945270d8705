/** What the user wants: the objective for latency, the demand, the budget. */
import * as z from 'zod';
import { traceFileSchema } from './load-spec.ts';

export const percentiles = [50, 90, 95, 99, 99.9] as const;

export const sloSchema = z.strictObject({
  percentile: z.literal(percentiles),
  latencyMs: z.number().positive().max(3_600_000),
  /** Share of requests that may fail. */
  maxErrorRate: z.number().min(0).max(1).default(0.001),
});

const perMinute = z.number().positive().max(1e9);

export const demandSchema = z.strictObject({
  requestsPerMinute: perMinute,
  /** Half the demand unless said. */
  low: perMinute.optional(),
  /** One and a half times the demand unless said. */
  peak: perMinute.optional(),
});

/** In an experiment: the rates, or a trace that all three follow from. */
export const experimentDemandSchema = demandSchema
  .extend({
    requestsPerMinute: perMinute.optional(),
    /** CSV with the header `minute,requests`, as `simulate --trace` reads it. */
    trace: traceFileSchema.optional(),
  })
  .strict();

export const objectives = ['minimize-cost', 'minimize-latency', 'maximize-throughput', 'balanced'] as const;
export const objectiveSchema = z.enum(objectives);

export const budgetSchema = z.strictObject({
  usd: z.number().min(0).max(1e7).optional(),
  hours: z.number().positive().max(1e4).optional(),
});

export const priceOverrideSchema = z.strictObject({
  instanceType: z.string().min(1),
  usdPerHour: z.number().positive().max(1e5),
  source: z.string().min(1),
  date: z.string().regex(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'must be a day, such as 2026-11-20'),
});
