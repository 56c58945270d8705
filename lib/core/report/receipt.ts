/** `receipt.json`: proof that a run left nothing behind. Absence is confirmed by listing, never by a delete call. */
import * as z from 'zod';

export const receiptResourceSchema = z.strictObject({
  name: z.string(),
  deployment: z.string(),
  /** Absence confirmed by listing. */
  gone: z.boolean(),
  confirmedAtMs: z.number().nullable(),
  error: z.string().nullable(),
});
export type ReceiptResource = z.infer<typeof receiptResourceSchema>;

export const receiptSchema = z.strictObject({
  schema: z.literal('infersweep.receipt.v1'),
  runId: z.string(),
  writtenAt: z.string(),
  /** Every resource that was created or may have been. */
  resources: z.array(receiptResourceSchema),
  /** Still alive by the last listing; empty is the promise kept. */
  alive: z.array(
    z.strictObject({
      kind: z.string(),
      id: z.string(),
      name: z.string(),
      endCommand: z.string(),
      doubt: z.string().optional(),
    }),
  ),
  /** Why absence could not be confirmed at all; empty when every listing answered. */
  unlisted: z.array(z.string()),
  /** Of what is gone; 0 on this machine. */
  spentUsd: z.number(),
});
export type Receipt = z.infer<typeof receiptSchema>;
