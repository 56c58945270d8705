/** All stacks of an app: what each one costs, and each tag. */
import type { PriceOverride } from '../catalog/price.ts';
import { type Amounts, HOURS_PER_MONTH, total } from './charge.ts';
import { type CostRow, priceTemplate } from './price-template.ts';
import type { Template } from './template.ts';

export interface SynthesisedStack {
  name: string;
  /** Of its environment; null for a template that fits any. */
  region: string | null;
  tags: Record<string, string>;
  template: Template;
}

export interface Total extends Amounts {
  /** Rows without a price: with any, a sum is null. */
  gaps: number;
  /** What is known of each sum; less than the whole when there are gaps. */
  known: { idleUsdPerMonth: number; activeUsdPerMonth: number; maxUsdPerMonth: number };
}

export interface StackCost extends Total {
  name: string;
  region: string | null;
  rows: CostRow[];
}

export interface TagCost extends Total {
  tag: string;
  value: string;
}

export interface AssemblyCost {
  schema: 'infersweep.cost.v1';
  hoursPerMonth: number;
  hoursActive: number;
  stacks: StackCost[];
  /** By the `infersweep:*` tags. A resource with several tags is in several of these. */
  tags: TagCost[];
  total: Total;
  /** Days on which the prices used were read, oldest first. */
  priceDates: string[];
}

export interface AssemblyOptions {
  /** For stacks without a region of their own. */
  region: string | null;
  hoursActive: number;
  overrides?: readonly PriceOverride[];
}

const TAG_PREFIX = 'infersweep:';

export function priceAssembly(stacks: readonly SynthesisedStack[], o: AssemblyOptions): AssemblyCost {
  const priced = stacks.map(({ name, template, tags, ...stack }): StackCost => {
    const region = stack.region ?? o.region;
    const rows = priceTemplate(template, { ...o, region, stackTags: tags });
    return { name, region, ...totalOf(rows), rows };
  });
  const rows = priced.flatMap((stack) => stack.rows);
  const dates = rows.flatMap(({ unitPrice }) => (unitPrice === null ? [] : [unitPrice.date]));
  return {
    schema: 'infersweep.cost.v1',
    hoursPerMonth: HOURS_PER_MONTH,
    hoursActive: o.hoursActive,
    stacks: priced,
    tags: byTag(rows),
    total: totalOf(rows),
    priceDates: [...new Set(dates)].sort(),
  };
}

export function totalOf(rows: readonly CostRow[]): Total {
  const known = total(
    rows.map((row) => ({
      idleUsdPerMonth: row.idleUsdPerMonth ?? 0,
      activeUsdPerMonth: row.activeUsdPerMonth ?? 0,
      maxUsdPerMonth: row.maxUsdPerMonth ?? 0,
    })),
  ) as Total['known'];
  return { ...total(rows), gaps: rows.filter(isGap).length, known };
}

export function isGap(row: Amounts): boolean {
  return row.idleUsdPerMonth === null || row.activeUsdPerMonth === null || row.maxUsdPerMonth === null;
}

function byTag(rows: readonly CostRow[]): TagCost[] {
  const groups = new Map<string, { tag: string; value: string; rows: CostRow[] }>();
  for (const row of rows) {
    for (const [tag, value] of Object.entries(row.tags)) {
      if (!tag.startsWith(TAG_PREFIX)) continue;
      const key = `${tag}\n${value}`;
      if (!groups.has(key)) groups.set(key, { tag, value, rows: [] });
      groups.get(key)!.rows.push(row);
    }
  }
  return [...groups.values()].map(({ rows: own, ...group }) => ({ ...group, ...totalOf(own) }));
}
