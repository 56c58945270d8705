/** One rule of the policy: what it refuses in a template, and what to do instead. */
import { isPlain, type Plain, type Resource, type Template } from '../../core/cost/template.ts';

export interface Finding {
  /** null: about the template, not a resource. */
  logicalId: string | null;
  /** Below the resource, `Properties.MetadataOptions.HttpTokens`; or in the template, `Parameters.Ami`. */
  location: string;
  /** What is there. */
  what: string;
}

export interface Rule {
  /** Also its id: `infersweep-policy::<name>` acknowledges it. */
  name: string;
  /** Why it is a rule. */
  description: string;
  fix: string;
  check(template: Template): Finding[];
}

type Found = { location: string; what: string };

/** Looks at every resource of some types. */
export function each(
  template: Template,
  types: readonly string[],
  look: (properties: Plain, resource: Resource, logicalId: string) => Found[],
): Finding[] {
  return Object.entries(template.Resources ?? {}).flatMap(([logicalId, resource]) =>
    types.includes(resource.Type)
      ? look(resource.Properties ?? {}, resource, logicalId).map((found) => ({ logicalId, ...found }))
      : [],
  );
}

/** A list of objects; a single object stands for a list of one, as in IAM. */
export function plains(value: unknown): Plain[] {
  return [value].flat().filter(isPlain);
}

/** A property's own object, empty without one. */
export function plain(value: unknown): Plain {
  return isPlain(value) ? value : {};
}

/** As it is read in a message. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
