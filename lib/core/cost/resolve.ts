/** Intrinsic functions, as far as a template alone decides them. */
import { isPlain, type Plain, type Template } from './template.ts';

/** A value that only deployment knows, and why. */
export class Unresolved {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

const SSM_PARAMETER = /^AWS::SSM::Parameter/;

export interface Scope {
  template: Template;
  region: string | null;
}

/** The value with its intrinsics carried out; `Unresolved` in their place where deployment decides. */
export function resolve(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, scope)).filter((item) => item !== undefined);
  if (!isPlain(value)) return value;
  const keys = Object.keys(value);
  const name = keys.length === 1 ? keys[0]! : '';
  if (name === 'Ref') return parameter(value['Ref'] as string, scope);
  if (name in functions) return functions[name]!(value[name], scope);
  if (name.startsWith('Fn::') || name === 'Condition') return new Unresolved(`${name} is known only at deployment`);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, scope)]));
}

function parameter(name: string, { template, region }: Scope): unknown {
  if (name === 'AWS::NoValue') return undefined;
  if (name === 'AWS::Region') return region ?? new Unresolved('no region is set');
  const found = template.Parameters?.[name];
  if (found === undefined) return new Unresolved(`${name} is known only at deployment`);
  if (found.Default === undefined || SSM_PARAMETER.test(found.Type))
    return new Unresolved(`parameter ${name} is given at deployment`);
  if (found.Type === 'Number') return Number(found.Default);
  return found.Default;
}

type Intrinsic = (argument: unknown, scope: Scope) => unknown;

const functions: Record<string, Intrinsic> = {
  'Fn::If': (argument, scope) => {
    const [name, yes, no] = argument as [string, unknown, unknown];
    const decided = condition({ Condition: name }, scope);
    if (decided !== null) return resolve(decided ? yes : no, scope);
    const [a, b] = [yes, no].map((branch) => numberOf(resolve(branch, scope)));
    // Whoever plans money takes the dearer of two numbers.
    if (typeof a === 'number' && typeof b === 'number') return Math.max(a, b);
    return new Unresolved(`condition ${name} is decided at deployment`);
  },
  'Fn::Join': (argument, scope) => {
    const [separator, parts] = argument as [string, unknown];
    const resolved = resolve(parts, scope);
    if (!Array.isArray(resolved)) return resolved;
    return resolved.find((part) => part instanceof Unresolved) ?? resolved.join(separator);
  },
  'Fn::Select': (argument, scope) => {
    const [index, list] = argument as [unknown, unknown];
    const [at, from] = [resolve(index, scope), resolve(list, scope)];
    if (at instanceof Unresolved) return at;
    if (!Array.isArray(from)) return from instanceof Unresolved ? from : new Unresolved('Fn::Select of no list');
    return from[Number(at)] ?? new Unresolved(`Fn::Select has no element ${at}`);
  },
  'Fn::FindInMap': (argument, scope) => {
    const path = resolve(argument, scope) as unknown[];
    const unknown = path.find((part) => part instanceof Unresolved);
    if (unknown) return unknown;
    const [map, first, second] = path.map(String) as [string, string, string];
    return scope.template.Mappings?.[map]?.[first]?.[second] ?? new Unresolved(`${map} has no ${first}.${second}`);
  },
};

/** true, false, or null where deployment decides. */
export function condition(expression: unknown, scope: Scope): boolean | null {
  if (!isPlain(expression)) return null;
  const { Condition: name, 'Fn::Equals': equals, 'Fn::Not': not, 'Fn::And': and, 'Fn::Or': or } = expression as Plain;
  const all = (list: unknown) => (list as unknown[]).map((item) => condition(item, scope));
  if (typeof name === 'string') return condition(scope.template.Conditions?.[name], scope);
  if (Array.isArray(not)) return invert(condition(not[0], scope));
  if (Array.isArray(and)) return every(all(and));
  if (Array.isArray(or)) return invert(every(all(or).map(invert)));
  if (!Array.isArray(equals)) return null;
  const [a, b] = equals.map((side) => resolve(side, scope));
  return a instanceof Unresolved || b instanceof Unresolved ? null : String(a) === String(b);
}

const invert = (value: boolean | null) => (value === null ? null : !value);
const every = (values: (boolean | null)[]) => (values.includes(false) ? false : values.includes(null) ? null : true);

/** A number, also one written as text; what is not given takes the default. */
export function numberOf(value: unknown, otherwise?: number): number | Unresolved {
  if (value === undefined && otherwise !== undefined) return otherwise;
  if (value instanceof Unresolved) return value;
  const number = typeof value === 'number' || (typeof value === 'string' && value.trim() !== '') ? Number(value) : NaN;
  return Number.isFinite(number) ? number : new Unresolved(`${JSON.stringify(value)} is not a number`);
}
