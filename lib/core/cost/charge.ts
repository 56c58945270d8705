/** What a resource is charged for, and what that comes to in a month. */
import { Unresolved } from './resolve.ts';

/** AWS's own month: 365 days / 12. */
export const HOURS_PER_MONTH = 730;

/** Units that stand when nobody calls, that work takes, and that are the most possible. */
export interface Quantity {
  idle: number | Unresolved;
  active: number | Unresolved;
  max: number | Unresolved;
}

export const always = (n: number | Unresolved): Quantity => ({ idle: n, active: n, max: n });

export type AnyPrice = { usd: number; per: string; source: string; date: string } | { missing: string };

/** One line of a resource's bill. */
export type Charge =
  /** Runs by the hour or the month, whether used or not. */
  | { kind: 'standing'; what: string; quantity: Quantity; price: AnyPrice; note?: string }
  /** Costs nothing until used. */
  | { kind: 'usage'; what: string; price: AnyPrice; note?: string }
  | { kind: 'free'; reason: string }
  | { kind: 'unknown'; reason: string };

export interface Amounts {
  /** A month in which nobody calls. */
  idleUsdPerMonth: number | null;
  /** A month with the hours of work that were asked for; the rest idle. */
  activeUsdPerMonth: number | null;
  /** A month at every fleet's maximum. */
  maxUsdPerMonth: number | null;
}

const NOTHING: Amounts = { idleUsdPerMonth: 0, activeUsdPerMonth: 0, maxUsdPerMonth: 0 };
const UNKNOWN: Amounts = { idleUsdPerMonth: null, activeUsdPerMonth: null, maxUsdPerMonth: null };

/** Dollars of a month, or null and the reason; usage is not counted, for nobody has said how much there is. */
export function amounts(charge: Charge, hoursActive: number): { amounts: Amounts; reason: string | null } {
  if (charge.kind === 'unknown') return { amounts: UNKNOWN, reason: charge.reason };
  if (charge.kind === 'free') return { amounts: NOTHING, reason: charge.reason };
  if (charge.kind === 'usage') return { amounts: NOTHING, reason: charge.note ?? null };
  const { price, quantity } = charge;
  if ('missing' in price) return { amounts: UNKNOWN, reason: price.missing };
  const hours = { hour: HOURS_PER_MONTH, day: HOURS_PER_MONTH / 24, month: 1 }[price.per];
  if (hours === undefined) return { amounts: UNKNOWN, reason: `a price per ${price.per} says nothing of a month` };
  const month = (n: number | Unresolved) => (n instanceof Unresolved ? null : n * hours * price.usd);
  const [idle, active] = [month(quantity.idle), month(quantity.active)];
  const share = hoursActive / HOURS_PER_MONTH;
  const unresolved = Object.values(quantity).find((n) => n instanceof Unresolved) as Unresolved | undefined;
  return {
    amounts: {
      idleUsdPerMonth: idle,
      activeUsdPerMonth: idle === null || active === null ? null : active * share + idle * (1 - share),
      maxUsdPerMonth: month(quantity.max),
    },
    reason: unresolved?.reason ?? charge.note ?? null,
  };
}

/** A sum that is null as soon as one part is: a gap is not zero. */
export function total(parts: readonly Amounts[]): Amounts {
  const sum = (key: keyof Amounts) =>
    parts.reduce<number | null>((so, part) => (so === null || part[key] === null ? null : so + part[key]), 0);
  return {
    idleUsdPerMonth: sum('idleUsdPerMonth'),
    activeUsdPerMonth: sum('activeUsdPerMonth'),
    maxUsdPerMonth: sum('maxUsdPerMonth'),
  };
}
