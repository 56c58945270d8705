/** `recommendation.json`: the decision, its evidence, and enough for a template to deploy it without reading anything else. */
import * as z from 'zod';
import { configurationSchema } from '../plan/plan.ts';

export const choiceSchema = z.strictObject({
  configuration: z.string(),
  target: z.string(),
  instanceType: z.string(),
  /** Fleet at capacity; null without a demand. */
  instances: z.int().nullable(),
  /** Of that fleet; of one instance without a demand; null without a price. */
  usdPerHour: z.number().nullable(),
  usdPerMillion: z.number().nullable(),
  latencyMs: z.number().nullable(),
  capacityPerMinute: z.number().nullable(),
});
export type Choice = z.infer<typeof choiceSchema>;

/** `cost`: feasible, but beaten on whatever the objective is. */
export const rejectionReasons = ['slo', 'errors', 'validity', 'cost', 'no-price', 'demand'] as const;

export const rejectedSchema = z.strictObject({
  configuration: z.string(),
  target: z.string(),
  instanceType: z.string(),
  reason: z.enum(rejectionReasons),
  detail: z.string(),
  /** The single change or the pair of changes with which it would win; null for never. */
  wouldWinAt: z
    .strictObject({
      sloMs: z.number().optional(),
      requestsPerMinute: z.number().optional(),
      usdPerHour: z.number().optional(),
    })
    .nullable(),
  latencyMs: z.number().nullable(),
  capacityPerMinute: z.number().nullable(),
});
export type Rejected = z.infer<typeof rejectedSchema>;

export const flipSchema = z.strictObject({
  /** Latency objective, demand, or the price of one instance of `instanceType`. */
  what: z.enum(['sloMs', 'requestsPerMinute', 'usdPerHour']),
  /** Whose price; null otherwise. */
  instanceType: z.string().nullable(),
  stated: z.number(),
  /** Up to here the decision stands. */
  holdsTo: z.number(),
  /** Here it is another: the next whole request, the next hundredth of a cent, three digits of a limit. */
  flipsAt: z.number(),
  /** From the stated value to that one. */
  percent: z.number(),
  /** Who is chosen there; null where nothing meets the objective. */
  winner: choiceSchema.nullable(),
});
export type Flip = z.infer<typeof flipSchema>;

const fleetSchema = z.strictObject({ instances: z.int().nullable(), usdPerHour: z.number().nullable() });

export const recommendationSchema = z.strictObject({
  schema: z.literal('infersweep.recommendation.v1'),
  experiment: z.string(),
  choice: choiceSchema.nullable(),
  verdict: z.enum(['decided', 'tie', 'undecided', 'infeasible']),
  /** `distribution`: from histograms; `scalar`: from single figures of a source. */
  evidence: z.enum(['distribution', 'scalar']),
  /** The decision in words, one sentence. */
  sentence: z.string(),
  margin: z.strictObject({ percent: z.number().nullable(), at10Percent: choiceSchema.nullable() }),
  fleet: z.strictObject({ atCapacity: fleetSchema, atTarget: fleetSchema }),
  ties: z.array(choiceSchema),
  frontier: z.array(choiceSchema),
  rejected: z.array(rejectedSchema),
  /** What would make it another decision, by one change each; the nearest first. */
  sensitivity: z.array(flipSchema).default([]),
  /** null when nothing scales: a laptop, or no choice. */
  scaling: z
    .strictObject({
      targetValue: z.number(),
      minCapacity: z.int(),
      initialCapacity: z.int(),
      maxCapacity: z.int(),
      scaleOutCooldownS: z.number(),
      scaleInCooldownS: z.number(),
      cooldownSource: z.string(),
    })
    .nullable(),
  objective: z.enum(['minimize-cost', 'minimize-latency', 'maximize-throughput', 'balanced']),
  slo: z.strictObject({ percentile: z.number(), latencyMs: z.number(), maxErrorRate: z.number() }),
  demand: z.strictObject({ requestsPerMinute: z.number(), low: z.number(), peak: z.number() }).nullable(),
  /** The winner in full, for deployment. */
  deploy: configurationSchema.nullable(),
  warnings: z.array(z.string()),
  /** Written by `promote`: where the document comes from; absent before. */
  promotion: z
    .strictObject({
      run: z.string(),
      /** ISO 8601. */
      promotedAt: z.string(),
      kitVersion: z.string(),
      /** SHA-256 of the run's plan; null for published figures. */
      planSha256: z.string().nullable(),
      /** Objections that somebody accepted. */
      accepted: z.array(z.string()),
    })
    .optional(),
});
export type Recommendation = z.infer<typeof recommendationSchema>;
