/** How a runtime's parameter is declared: its legal values, its default, and the word that a value puts into a name. */
import * as z from 'zod';

export type Scalar = string | number | boolean;
export type Value = Scalar | { [key: string]: Scalar };

export interface Parameter<S extends z.ZodType<Value, Value> = z.ZodType<Value, Value>> {
  schema: S;
  /** Value when the experiment does not say; undefined for a parameter that must be given. */
  fallback?: z.output<S>;
  /** Word for a configuration's name. `among` holds every value the name must tell apart, this one included. */
  label: (value: z.output<S>, among: readonly z.output<S>[]) => string;
}

/** Declares one parameter, keeping the type of its values. */
export function parameter<S extends z.ZodType<Value, Value>>(schema: S, o: Omit<Parameter<S>, 'schema'>): Parameter<S> {
  return { schema, ...o };
}

/** Anything a parameter accepts may also be a list: the list's values are an axis of the matrix. */
export function valueOrList<S extends z.ZodType>(schema: S) {
  return z.union([schema, z.array(schema).min(1)]);
}

export interface Runtime {
  name: string;
  // biome-ignore lint/suspicious/noExplicitAny: labels take their own value type, which a heterogeneous map cannot express
  parameters: Record<string, Parameter<any>>;
  /** Whether it serves the experiment's model; the others answer by themselves. */
  needsModel: boolean;
  /** Where measurements of it come from. */
  origin: 'measured' | 'emulated';
  /** Python environment on this machine; null where the standard library is enough or an image brings its own. */
  environment: (o: { tokenizer: boolean; local: boolean }) => string | null;
}
