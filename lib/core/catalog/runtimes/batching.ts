/** Dynamic batching on the server, and the word it puts into a name. */
import * as z from 'zod';
import { parameter } from './parameter.ts';

export const batchingSchema = z.strictObject({
  /** Items in one execution at most. */
  maxBatchSize: z.int().min(1).max(1024).default(8),
  /** How long the first request of a batch may wait for others; 0 takes what is queued already. */
  maxQueueDelayMs: z.number().min(0).max(10_000).default(0),
});

type Batching = false | { maxBatchSize?: number; maxQueueDelayMs: number };

/** `batched`, with size and delay only where batched values differ in them. */
export function batchingLabel(value: Batching, among: readonly Batching[]): string {
  if (value === false) return 'unbatched';
  const batched = among.filter((other) => other !== false);
  const size = batched.some((other) => other.maxBatchSize !== value.maxBatchSize) ? value.maxBatchSize : '';
  const delay = batched.some((other) => other.maxQueueDelayMs !== value.maxQueueDelayMs);
  return `batched${size}${delay ? `-delay${decimal(value.maxQueueDelayMs)}` : ''}`;
}

/** A number as a word: dots are not allowed in names. */
export function decimal(value: number): string {
  return String(value).replace('.', 'p');
}

/** As our own server does it. */
export const dynamicBatching = parameter(z.union([z.literal(false), batchingSchema]), {
  fallback: false,
  label: batchingLabel,
});
