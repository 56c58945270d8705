/**
 * What a load generator is asked to do and what it answers: the contract between the engine and every generator
 * (a child process here, a container task elsewhere). Both are JSON and travel as files or objects.
 */
import * as z from 'zod';
import { encodedHistogramSchema } from './histogram.ts';
import { refusalSchema } from './refusal.ts';
import { shapeSchema } from './shape.ts';
import { segmentUtilisationSchema } from './utilisation.ts';

export { type Shape, shapeSchema } from './shape.ts';

/** KServe v2 tensor as it stands in JSON; `data` is flat and row-major. */
export const tensorSchema = z.strictObject({
  name: z.string(),
  datatype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data: z.array(z.union([z.number(), z.boolean(), z.string()])),
});
export type Tensor = z.infer<typeof tensorSchema>;

/** |actual - expected| <= atol + rtol * |expected|, element by element; `cosine` bounds the whole tensor as well. */
export const toleranceSchema = z.strictObject({
  atol: z.number().nonnegative(),
  rtol: z.number().nonnegative(),
  cosine: z.number().min(-1).max(1).optional(),
});
export type Tolerance = z.infer<typeof toleranceSchema>;

export const bodySchema = z.strictObject({
  id: z.string(),
  /** Request body; `base64` for binary bodies. */
  content: z.string(),
  encoding: z.enum(['utf8', 'base64']),
  /** Golden outputs of this body; null where none are known. */
  expected: z.array(tensorSchema).nullable(),
});
export type Body = z.infer<typeof bodySchema>;

export const endpointSchema = z.strictObject({
  /** Origin only, e.g. `http://127.0.0.1:8001`. */
  url: z.string(),
  method: z.enum(['GET', 'POST', 'PUT']),
  path: z.string(),
  headers: z.record(z.string(), z.string()),
  /** Payload variants, drawn per request by the seed. A GET has one body with empty content. */
  bodies: z.array(bodySchema).min(1),
  tolerance: toleranceSchema,
  /** KServe statistics resource read before and after each segment; null where the server has none. */
  statsPath: z.string().nullable(),
  /** Where the kit's own server tells of its host; `/SECONDS` is added. @default - nobody asks */
  utilisationPath: z.string().optional(),
  /** AWS Signature Version 4; absent where nothing is signed. `service` is the signing name, e.g. `sagemaker`. */
  signing: z.strictObject({ service: z.string().min(1), region: z.string().min(1) }).optional(),
});
export type Endpoint = z.infer<typeof endpointSchema>;

export const segmentSchema = z.strictObject({
  id: z.string(),
  /** Key into `endpoints`. */
  endpoint: z.string(),
  shape: shapeSchema,
  /** Length of the segment, the dropped head included. */
  seconds: z.number().positive(),
  /** Head of the segment that loads the server but is not measured. */
  dropSeconds: z.number().nonnegative(),
});
export type Segment = z.infer<typeof segmentSchema>;

export const loadJobSchema = z.strictObject({
  schema: z.literal('infersweep.load-job.v1'),
  /** Idempotency key; a generator asked twice for one id runs it once. */
  id: z.string(),
  seed: z.int(),
  /** A request unanswered for this long enters the histogram as a timeout. */
  timeoutMs: z.number().positive(),
  /** Most sockets that an open-loop segment may hold; a closed loop holds one for each user. */
  maxConnections: z.int().min(1).max(4096),
  /** Keep one row for each request (ids and times) in the result. For checks of the instrument itself. */
  requestLog: z.boolean(),
  endpoints: z.record(z.string(), endpointSchema),
  /** Run in this order, one at a time. */
  segments: z.array(segmentSchema).min(1),
  /** Generators that drive this job together, each told its number; `merge-results.ts` makes one result of theirs. @default 1 */
  generators: z.int().min(1).max(64).optional(),
  /** Threads of each generator, with sockets and histograms of their own. @default 1 */
  workers: z.int().min(1).max(64).optional(),
  /**
   * Epoch milliseconds at which every generator begins the first segment; later ones follow at moments that all can compute
   * (`slotOffsetMs`). Needed when there are several generators.
   */
  startAtMs: z.number().positive().optional(),
});
export type LoadJob = z.infer<typeof loadJobSchema>;

/** `lost`: still unanswered when the drain ended. `wrong-output`: answered 2xx, but not with the golden output. */
export const errorClasses = [
  'connect',
  'reset',
  'timeout',
  'http-4xx',
  'http-5xx',
  'protocol',
  'wrong-output',
  'lost',
] as const;
export type ErrorClass = (typeof errorClasses)[number];
export const errorCountsSchema = z.partialRecord(z.enum(errorClasses), z.int().nonnegative());
export type ErrorCounts = z.infer<typeof errorCountsSchema>;

/** Cumulative server counters at one moment, from Triton's statistics extension plus our server's own process facts. */
export const serverCountersSchema = z.strictObject({
  inferenceCount: z.number(),
  executionCount: z.number(),
  successCount: z.number(),
  successNs: z.number(),
  queueNs: z.number(),
  computeNs: z.number(),
  cpuSeconds: z.number().nullable(),
  rssMib: z.number().nullable(),
  pid: z.int().nullable(),
  /** Good requests that the model computed, as against those that a cache answered; absent where nobody tells. */
  computedCount: z.number().optional(),
  /** Periods in which a processor quota was in force, and those of them in which the kernel held the server back. */
  cpuPeriods: z.strictObject({ count: z.number(), throttled: z.number() }).optional(),
  /** From the first to the last byte of good requests; absent where the server does not tell. */
  receiveNs: z.number().optional(),
});
export type ServerCounters = z.infer<typeof serverCountersSchema>;

/** What grew between two readings of the counters. */
export const serverReadingsSchema = z.strictObject({
  before: serverCountersSchema,
  after: serverCountersSchema,
  /** Shortest of the two readings on an open socket: a round trip and the least that this server does for an answer. */
  readMs: z.number().nonnegative().optional(),
  /** How far apart they were; absent where they lie around a whole segment. */
  seconds: z.number().positive().optional(),
});

/** How the generator itself fared while measuring; validity rules read this. */
export const clientFactsSchema = z.strictObject({
  cpuSeconds: z.number(),
  /** CPU seconds over wall seconds of the measured part, 1 = one core. */
  utilisation: z.number(),
  /** Largest and 99th percentile delay of the generator's own event loop. */
  eventLoopLagMs: z.strictObject({ p99: z.number(), max: z.number() }),
  /** Time the generator's threads waited for a core, over the measured part; null off Linux. */
  runQueueWaitSeconds: z.number().nullable(),
});
export type ClientFacts = z.infer<typeof clientFactsSchema>;

export const secondSchema = z.strictObject({
  /** Seconds since the segment's start, by completion time. */
  second: z.int().nonnegative(),
  good: z.int().nonnegative(),
  bad: z.int().nonnegative(),
  latencySumMs: z.number(),
});
export type Second = z.infer<typeof secondSchema>;

export const requestRowSchema = z.strictObject({
  id: z.string(),
  variant: z.int(),
  /** Milliseconds on the host's monotonic clock (CLOCK_MONOTONIC on Linux). */
  intendedMs: z.number(),
  sentMs: z.number().nullable(),
  doneMs: z.number().nullable(),
  /** `ok` or an error class. */
  outcome: z.string(),
});

/** What became of the requests that were meant for one part of a load whose rate changes; names as in the whole. */
export const partResultSchema = z.strictObject({
  durationS: z.number(),
  requests: z.int().nonnegative(),
  good: z.int().nonnegative(),
  errors: errorCountsSchema,
  /** Of its own requests: what an earlier part left undone does not count as this one's rate. */
  completedInWindow: z.int().nonnegative(),
  latency: encodedHistogramSchema,
  serviceTime: encodedHistogramSchema,
  scheduleError: encodedHistogramSchema,
  /** Since the part's start. */
  seconds: z.array(secondSchema),
  replyMs: z.number().nonnegative().optional(),
  /** Absent where its ends were not looked at in time; so is the server. */
  client: clientFactsSchema.pick({ cpuSeconds: true, runQueueWaitSeconds: true }).optional(),
  server: serverReadingsSchema.optional(),
});
export type PartResult = z.infer<typeof partResultSchema>;

export const segmentResultSchema = z.strictObject({
  id: z.string(),
  endpoint: z.string(),
  shape: shapeSchema,
  /** Measured part: segment length without the dropped head, as the clock saw it. */
  durationS: z.number(),
  /** Requests whose intended time lies in the measured part; each ends good or in exactly one error class. */
  requests: z.int().nonnegative(),
  good: z.int().nonnegative(),
  errors: errorCountsSchema,
  /** Good answers that arrived inside the measured part: the numerator of throughput. */
  completedInWindow: z.int().nonnegative(),
  connections: z.strictObject({
    opened: z.int(),
    reconnects: z.int(),
    /** Shortest of their TCP handshakes, which the other side's kernel answers: one round trip of the network. */
    handshakeMs: z.number().nonnegative().optional(),
  }),
  /** From the intended send time to the last byte; every failure is in the overflow bucket. */
  latency: encodedHistogramSchema,
  /** From the actual write to the last byte. */
  serviceTime: encodedHistogramSchema,
  /** Actual write minus intended time. */
  scheduleError: encodedHistogramSchema,
  seconds: z.array(secondSchema),
  /** In the order of `partsOf(shape)`, as far as the segment came; absent where the rate does not change. */
  parts: z.array(partResultSchema).optional(),
  /** From the first to the last byte of good answers, all of them together. */
  replyMs: z.number().nonnegative().optional(),
  client: clientFactsSchema,
  server: serverReadingsSchema.nullable(),
  /** Of the requests, those refused for their rate: status 429, or AWS's throttling errors. Absent where none was. */
  throttled: z.int().positive().optional(),
  /** Of shape `once`: the first answer other than 2xx; absent where none was. */
  refusal: refusalSchema.optional(),
  /** Absent where the server does not tell. */
  utilisation: segmentUtilisationSchema.optional(),
  golden: z.strictObject({ checked: z.int(), wrong: z.int(), firstMismatch: z.string().nullable() }),
  /** Why the segment ended before its time; null when it did not. */
  aborted: z.enum(['server-died', 'stopped']).nullable(),
  /** When it began, epoch milliseconds by the generator's clock. */
  startedAtMs: z.number().optional(),
  /** How much later than its common moment it began; absent where it had none. */
  lateMs: z.number().nonnegative().optional(),
  /** Threads or generators whose results these are; absent for one. Their starts lie this far apart. */
  shares: z.strictObject({ count: z.int().min(2), startSpreadMs: z.number().nonnegative() }).optional(),
  log: z.array(requestRowSchema).nullable(),
});
export type SegmentResult = z.infer<typeof segmentResultSchema>;

export const loadResultSchema = z.strictObject({
  schema: z.literal('infersweep.load-result.v1'),
  id: z.string(),
  segments: z.array(segmentResultSchema),
  /** Which part of the load this is; absent for all of it. */
  share: z.strictObject({ index: z.int().nonnegative(), of: z.int().min(1) }).optional(),
});
export type LoadResult = z.infer<typeof loadResultSchema>;
