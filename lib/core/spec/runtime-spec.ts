/** How the model may be served: one entry names one runtime and its parameters; a list of values is an axis. */
import * as z from 'zod';
import { type Parameter, valueOrList } from '../catalog/runtimes/parameter.ts';
import { type RuntimeName, runtimes } from '../catalog/runtimes/registry.ts';

// biome-ignore lint/suspicious/noExplicitAny: the map's values keep their own types through the mapped type below
type Declared = Record<string, Parameter<any>>;
type Shape<P extends Declared> = {
  [K in keyof P]: z.ZodOptional<z.ZodUnion<[P[K]['schema'], z.ZodArray<P[K]['schema']>]>>;
};

function entryOf<P extends Declared>(parameters: P) {
  const shape = Object.fromEntries(
    Object.entries(parameters).map(([name, declared]) => [name, valueOrList(declared.schema).optional()]),
  );
  return z.strictObject(shape as Shape<P>).optional();
}

type EntryShape = { [R in RuntimeName]: ReturnType<typeof entryOf<(typeof runtimes)[R]['parameters']>> };

const entries = Object.fromEntries(
  Object.entries(runtimes).map(([name, runtime]) => [name, entryOf(runtime.parameters)]),
) as unknown as EntryShape;

/** Lower case words joined by dashes: names become parts of ids, tags and file names. */
export const nameSchema = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    'must consist of lower case letters, digits and inner dashes, 63 at most',
  );

/** One entry of `runtimes`: a name at will and exactly one runtime, which `entry-rules.ts` checks. */
export const runtimeEntrySchema = z.strictObject({ name: nameSchema.optional(), ...entries });

export type RuntimeEntry = z.output<typeof runtimeEntrySchema>;
