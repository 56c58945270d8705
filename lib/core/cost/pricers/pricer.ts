/** One resource as the function of its type sees it. */
import type { PriceOverride } from '../../catalog/price.ts';
import { servicePrice } from '../../catalog/service-price.ts';
import { always, type Charge, type Quantity } from '../charge.ts';
import { numberOf, resolve, type Scope, Unresolved } from '../resolve.ts';
import { mentions, type Plain, type Resource, referenceOf } from '../template.ts';

export interface View {
  id: string;
  type: string;
  /** Properties as written, for what they refer to. */
  raw: Plain;
  /** Properties with their intrinsics carried out. */
  properties: Plain;
  scope: Scope;
  overrides: readonly PriceOverride[];
}

export type Pricer = (view: View) => Charge[];

export function viewOf(id: string, resource: Resource, scope: Scope, overrides: readonly PriceOverride[] = []): View {
  const raw = resource.Properties ?? {};
  return { id, type: resource.Type, raw, properties: resolve(raw, scope) as Plain, scope, overrides };
}

/** The resource of the same template that a value refers to; null when it is elsewhere. */
export function follow({ scope, overrides }: View, value: unknown): View | null {
  const id = referenceOf(value);
  const resource = id === null ? undefined : scope.template.Resources?.[id];
  return resource ? viewOf(id!, resource, scope, overrides) : null;
}

/** Resources of a type that name this one. */
export function naming({ id, scope, overrides }: View, type: string): View[] {
  return Object.entries(scope.template.Resources ?? {})
    .filter(([, resource]) => resource.Type === type && mentions(resource.Properties, id))
    .map(([other, resource]) => viewOf(other, resource, scope, overrides));
}

export function standing({ scope }: View, id: string, what: string, quantity: Quantity = always(1)): Charge {
  return { kind: 'standing', what, quantity, price: servicePrice(id, scope.region) };
}

export function usage({ scope }: View, id: string, note?: string): Charge {
  const price = servicePrice(id, scope.region);
  return { kind: 'usage', what: 'missing' in price ? id : `per ${price.per}`, price, note };
}

export const unknown = (reason: string): Charge => ({ kind: 'unknown', reason });
export const free = (reason: string): Charge => ({ kind: 'free', reason });

/** Instances or tasks between the bounds of whatever scales them. */
export function fleet(desired: number | Unresolved, scaling: View[]): Quantity {
  if (scaling.length === 0) return always(desired);
  const [{ properties }] = scaling as [View];
  const [idle, max] = [numberOf(properties['MinCapacity']), numberOf(properties['MaxCapacity'])];
  // Scaling brings a count below its minimum up to that: the default of one task, where the template names none.
  const active = desired instanceof Unresolved || idle instanceof Unresolved ? desired : Math.max(desired, idle);
  return { idle, active, max };
}

export function times(quantity: Quantity, factor: number | Unresolved): Quantity {
  const by = (n: number | Unresolved) =>
    n instanceof Unresolved ? n : factor instanceof Unresolved ? factor : n * factor;
  return { idle: by(quantity.idle), active: by(quantity.active), max: by(quantity.max) };
}

/** `17..49`, or `33` where nothing scales. */
export function countText({ idle, max }: Quantity): string {
  const text = (n: number | Unresolved) => (n instanceof Unresolved ? '?' : `${n}`);
  return text(idle) === text(max) ? text(idle) : `${text(idle)}..${text(max)}`;
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
