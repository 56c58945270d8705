/** `measurements.jsonl`: one line for each trial that ended. Percentiles are derived from the histograms when read. */
import * as z from 'zod';
import { encodedHistogramSchema } from '../load/histogram.ts';
import { clientFactsSchema, errorCountsSchema, secondSchema, shapeSchema } from '../load/job.ts';
import { configurationSchema } from '../plan/plan.ts';
import { stairUtilisationSchema } from './utilisation.ts';
import { validitySchema } from './validity.ts';

export const origins = ['measured', 'emulated', 'published', 'imported'] as const;

/** Where an answer's time went, mean milliseconds per request; null where the server does not tell. */
export const latencySplitSchema = z.strictObject({
  queueMs: z.number().nullable(),
  computeMs: z.number().nullable(),
  /** Client mean minus server mean: network, parsing, client. */
  overheadMs: z.number().nullable(),
});

/** Bytes on their way, mean milliseconds of a good request from the first of them to the last; null where it is not told. */
export const transferSchema = z.strictObject({
  /** Seen by the server. */
  requestMs: z.number().nullable(),
  /** Seen by the client. */
  replyMs: z.number().nullable(),
});

export const stairMeasurementSchema = z.strictObject({
  id: z.string(),
  shape: shapeSchema,
  /** Windows merged into this row. */
  windows: z.int().min(1),
  /** Measured seconds over all windows. */
  durationS: z.number().nonnegative(),
  requests: z.int().nonnegative(),
  good: z.int().nonnegative(),
  errors: errorCountsSchema,
  completedInWindow: z.int().nonnegative(),
  /** Good answers per second of each window, in order: what the throughput interval is made of. */
  windowRates: z.array(z.number().nonnegative()),
  latency: encodedHistogramSchema,
  serviceTime: encodedHistogramSchema,
  scheduleError: encodedHistogramSchema,
  /** The whole measured seconds of each window, in order. */
  seconds: z.array(z.array(secondSchema)),
  split: latencySplitSchema,
  transfer: transferSchema.default({ requestMs: null, replyMs: null }),
  /** Items per execution; null where the server does not tell. */
  meanBatch: z.number().nullable(),
  serverCpuUtilisation: z.number().nullable(),
  serverRssMib: z.number().nullable(),
  /** Second by second; null where the host does not tell. */
  utilisation: stairUtilisationSchema.nullable().default(null),
  client: clientFactsSchema,
});
export type StairMeasurement = z.infer<typeof stairMeasurementSchema>;

export const startupSchema = z.strictObject({
  /** Seconds from request to first healthy answer. */
  readySeconds: z.number().nullable(),
  prepareSeconds: z.number().nullable(),
  prepareCached: z.boolean().nullable(),
});

export const priceSchema = z.strictObject({
  usdPerHour: z.number().nonnegative(),
  source: z.string(),
  region: z.string(),
  date: z.string(),
});

export const measurementSchema = z.strictObject({
  schema: z.literal('infersweep.measurement.v1'),
  /** Id of the trial. */
  trial: z.string(),
  configuration: configurationSchema,
  purpose: z.enum(['screen', 'confirm']),
  repeat: z.int().min(1),
  origin: z.enum(origins),
  region: z.string().nullable(),
  /** ISO 8601; null for figures from a document. */
  startedAt: z.string().nullable(),
  itemsPerRequest: z.int().min(1),
  /** Ascending by offered load; empty for a scalar row and for a trial that ended before its load. */
  stairs: z.array(stairMeasurementSchema),
  /**
   * Loads whose rate changes, over their whole length; `stairs` holds their parts. None of their rates is one that was held, so
   * no capacity comes from here. Absent where no rate changes.
   */
  whole: z.array(stairMeasurementSchema).optional(),
  /** A source that only reports single figures. */
  scalar: z
    .strictObject({
      /** What the latency is, in the source's own words: p95, average, … */
      statistic: z.string(),
      latencyMs: z.number().nullable(),
      requestsPerMinute: z.number().nullable(),
      errorRate: z.number().nullable(),
      /** Reasons for the nulls and other remarks. */
      notes: z.array(z.string()),
    })
    .nullable(),
  golden: z.strictObject({ checked: z.int(), wrong: z.int(), firstMismatch: z.string().nullable() }),
  startup: startupSchema,
  price: priceSchema.nullable(),
  /** Why `price` is null. */
  priceNote: z.string().nullable(),
  validity: validitySchema,
  /** Kit, runtime, model hash, host: whatever must be known to repeat it. */
  versions: z.record(z.string(), z.string()),
});
export type Measurement = z.infer<typeof measurementSchema>;
