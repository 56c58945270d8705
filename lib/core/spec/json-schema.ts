/** JSON Schemas of the documents, for editors and for programs that are not this one. */
import * as z from 'zod';
import { priceSnapshotSchema } from '../catalog/price-snapshot.ts';
import { measurementSchema } from '../measure/measurement.ts';
import { planSchema } from '../plan/plan.ts';
import { recommendationSchema } from '../recommend/recommendation.ts';
import { receiptSchema } from '../report/receipt.ts';
import { experimentSchema } from './experiment-schema.ts';
import { publishedSchema } from './published-schema.ts';

const documents = {
  experiment: experimentSchema,
  plan: planSchema,
  measurement: measurementSchema,
  recommendation: recommendationSchema,
  receipt: receiptSchema,
  published: publishedSchema,
  prices: priceSnapshotSchema,
} as const;

export type DocumentName = keyof typeof documents;
export const documentNames = Object.keys(documents) as DocumentName[];

/** `experiment.v1.json`: its name under `schema/`. */
export function jsonSchemaFile(name: DocumentName): string {
  return `${name}.v1.json`;
}

/**
 * Draft-07, the newest that yaml-language-server reads. What a writer must give is described, so keys with a default are
 * optional. Ends with a line break.
 */
export function jsonSchemaText(name: DocumentName): string {
  const schema = z.toJSONSchema(documents[name], { target: 'draft-7', io: 'input' });
  const titled = { ...schema, title: `infersweep ${name}, version 1` };
  return `${JSON.stringify(titled, null, 2)}\n`;
}
