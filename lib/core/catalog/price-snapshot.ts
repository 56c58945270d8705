/** Prices of one region as read on one day, in a file of their own: plans are made from it, old figures re-priced with it. */
import * as z from 'zod';
import { type TargetName, targetNames } from '../plan/plan.ts';

export const PRICES_SCHEMA = 'infersweep.prices.v1';

const day = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'must be a day, such as 2026-11-20');

const billed = {
  target: z.enum(targetNames).exclude(['local']),
  instanceType: z.string().min(1),
};

export const priceSnapshotSchema = z.strictObject({
  schema: z.literal(PRICES_SCHEMA),
  /** The only region that these prices are used for. */
  region: z.string().min(1),
  /** Day on which they were read. */
  retrievedAt: day,
  source: z.string().min(1),
  rows: z.array(
    z.strictObject({
      ...billed,
      usdPerHour: z.number().positive(),
      /** Day of the price list that it stands in; null where the list carries none. */
      publishedAt: day.nullable(),
      /** AWS's key of the product. */
      sku: z.string().min(1),
    }),
  ),
  /** What was asked for and has no price that could be used, with the reason. */
  missing: z.array(z.strictObject({ ...billed, why: z.string().min(1) })),
});
export type PriceSnapshot = z.infer<typeof priceSnapshotSchema>;

/** Its row for an instance type as the target spells it; null where there is none, or the snapshot is of another region. */
export function snapshotPrice(
  snapshot: PriceSnapshot | null,
  target: TargetName,
  instanceType: string,
  region: string,
): PriceSnapshot['rows'][number] | null {
  if (snapshot?.region !== region) return null;
  return snapshot.rows.find((row) => row.target === target && row.instanceType === instanceType) ?? null;
}
