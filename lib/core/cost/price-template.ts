/** One template to one row for each line of its bill. */
import type { PriceOverride } from '../catalog/price.ts';
import { type Amounts, amounts, type Charge } from './charge.ts';
import { viewOf } from './pricers/pricer.ts';
import { pricerOf } from './pricers/registry.ts';
import { condition } from './resolve.ts';
import { type Resource, type Template, tagsOf } from './template.ts';

export interface CostRow extends Amounts {
  logicalId: string;
  /** Construct path; null in a template that CDK did not write. */
  path: string | null;
  type: string;
  kind: Charge['kind'];
  what: string | null;
  /** Of one unit; null for what is free or unknown. */
  unitPrice: { usd: number; per: string; source: string; date: string } | null;
  /** Why it is free or unknown, or what the figure leaves out. */
  reason: string | null;
  tags: Record<string, string>;
}

export interface PricingOptions {
  /** null: nothing with a price by region gets one. */
  region: string | null;
  /** Hours of a month in which there is work, 0 to 730. */
  hoursActive: number;
  /** Tags of the stack, which CloudFormation puts on its resources. */
  stackTags?: Record<string, string>;
  overrides?: readonly PriceOverride[];
}

/** For a resource whose properties are left to deployment: no line at all would read as no cost. */
const NOTHING_SAID: Charge = { kind: 'unknown', reason: 'what it runs is known only at deployment' };

/** Resources that a condition surely leaves out have no row; where deployment decides they are counted. */
export function priceTemplate(template: Template, o: PricingOptions): CostRow[] {
  const scope = { template, region: o.region };
  return Object.entries(template.Resources ?? {}).flatMap(([logicalId, resource]) => {
    const present = resource.Condition === undefined ? true : condition({ Condition: resource.Condition }, scope);
    if (present === false) return [];
    const charges = pricerOf(resource.Type)(viewOf(logicalId, resource, scope, o.overrides));
    return (charges.length ? charges : [NOTHING_SAID]).map((charge) => {
      const row = rowOf(logicalId, resource, charge, o);
      if (present || row.kind === 'free') return row;
      const note = `counted, though condition ${resource.Condition} is decided at deployment`;
      return { ...row, reason: row.reason === null ? note : `${row.reason}; ${note}` };
    });
  });
}

function rowOf(logicalId: string, resource: Resource, charge: Charge, o: PricingOptions): CostRow {
  const path = resource.Metadata?.['aws:cdk:path'];
  const priced = charge.kind === 'standing' || charge.kind === 'usage' ? charge : null;
  const { amounts: month, reason } = amounts(charge, o.hoursActive);
  return {
    logicalId,
    path: typeof path === 'string' ? path : null,
    type: resource.Type,
    kind: charge.kind,
    what: priced?.what ?? null,
    unitPrice: priced && !('missing' in priced.price) ? unitOf(priced.price) : null,
    ...month,
    reason: priced && 'missing' in priced.price ? priced.price.missing : reason,
    tags: { ...o.stackTags, ...tagsOf(resource) },
  };
}

function unitOf({ usd, per, source, date }: { usd: number; per: string; source: string; date: string }) {
  return { usd, per, source, date };
}
