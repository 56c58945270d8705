/** Legal values of a schema in words, and the schemas that stand at a path. */
import * as z from 'zod';

function inner(schema: z.ZodType): z.ZodType | null {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return schema.unwrap() as z.ZodType;
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return schema.unwrap() as z.ZodType;
  return null;
}

/** What may stand where this schema applies; single values as themselves, e.g. `fp32`, the rest as `a number`. */
export function describeSchema(schema: z.ZodType): string[] {
  const unwrapped = inner(schema);
  if (unwrapped) return describeSchema(unwrapped);
  if (schema instanceof z.ZodUnion) {
    return [...new Set((schema.options as z.ZodType[]).flatMap(describeSchema))];
  }
  if (schema instanceof z.ZodLiteral) return [...schema.values].map(String);
  if (schema instanceof z.ZodEnum) return schema.options.map(String);
  if (schema instanceof z.ZodBoolean) return ['true', 'false'];
  if (schema instanceof z.ZodObject) return [`a map of ${Object.keys(schema.shape).join(', ')}`];
  if (schema instanceof z.ZodArray) return ['a list'];
  if (schema instanceof z.ZodRecord) return ['a map'];
  if (schema instanceof z.ZodNumber) return [schema.isInt ? 'a whole number' : 'a number'];
  return ['a text'];
}

function child(schema: z.ZodType, key: PropertyKey): z.ZodType[] {
  const unwrapped = inner(schema);
  if (unwrapped) return child(unwrapped, key);
  if (schema instanceof z.ZodUnion) return (schema.options as z.ZodType[]).flatMap((option) => child(option, key));
  if (schema instanceof z.ZodArray) return typeof key === 'number' ? [schema.element as z.ZodType] : [];
  if (schema instanceof z.ZodObject) {
    return Object.hasOwn(schema.shape, key) ? [schema.shape[key as string] as z.ZodType] : [];
  }
  if (schema instanceof z.ZodRecord) return [schema.valueType as z.ZodType];
  return [];
}

/** Every schema that may apply at a path: several behind a union, none behind an unknown key. */
export function schemasAt(root: z.ZodType, path: readonly PropertyKey[]): z.ZodType[] {
  return path.reduce<z.ZodType[]>((at, key) => at.flatMap((schema) => child(schema, key)), [root]);
}

/** Keys of the maps that may stand where this schema applies. */
export function keysOf(schema: z.ZodType): string[] {
  const unwrapped = inner(schema);
  if (unwrapped) return keysOf(unwrapped);
  if (schema instanceof z.ZodUnion) return (schema.options as z.ZodType[]).flatMap(keysOf);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}
