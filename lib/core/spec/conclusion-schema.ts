/** A sentence of a document that figures can confirm or refute, now and at other prices. */
import * as z from 'zod';

export const conclusionFigures = ['latencyMs', 'itemsPerSecond', 'usdPerMillion', 'fleetUsdPerHour'] as const;
export type ConclusionFigure = (typeof conclusionFigures)[number];

const rowId = z.string().min(1);

/** `ratio`: one row's figure over another's lies between the bounds that the printed words leave open. */
const ratioSchema = z.strictObject({
  kind: z.literal('ratio'),
  figure: z.enum(conclusionFigures),
  row: rowId,
  against: rowId,
  atLeast: z.number().positive().nullable(),
  atMost: z.number().positive().nullable(),
});

/** `best`: no other of the rows is better: lower, or for a rate higher. */
const bestSchema = z.strictObject({
  kind: z.literal('best'),
  figure: z.enum(conclusionFigures),
  row: rowId,
  /** The rows it is compared with. */
  among: z.array(rowId).min(1),
});

export const conclusionSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower-case letters, digits and dashes'),
  /** The statement in our words. */
  says: z.string().min(1),
  /** All must hold; empty where the document's figures do not suffice, with the reason in `unchecked`. */
  checks: z.array(z.discriminatedUnion('kind', [ratioSchema, bestSchema])),
  unchecked: z.string().min(1).optional(),
});
export type Conclusion = z.infer<typeof conclusionSchema>;
export type ConclusionCheck = Conclusion['checks'][number];
