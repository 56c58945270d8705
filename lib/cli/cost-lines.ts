/** The bill of an app as a person reads it. */
import { type AssemblyCost, isGap, type StackCost, type Total } from '../core/cost/price-assembly.ts';
import type { CostRow } from '../core/cost/price-template.ts';
import { table } from './table.ts';

export interface CostView {
  /** Every row of every stack; else the dearest ones alone. */
  rows: boolean;
  /** How many of those. */
  top: number;
}

/** The sums last, for there the eye is when a terminal has scrolled. */
export function costLines(cost: AssemblyCost, { rows, top }: CostView): string[] {
  const blocks = [
    ...(rows ? cost.stacks.map(stackLines) : [dearestLines(cost, top)]),
    cost.tags.length
      ? table(
          ['by tag', ...HEADER],
          cost.tags.map((t) => [`${t.tag}=${t.value}`, ...sums(t)]),
          NUMERIC,
        )
      : [],
    totalLines(cost),
    [
      ...gapLines(cost),
      `USD a month of ${cost.hoursPerMonth} hours: idle without work; active with ${cost.hoursActive} hours of work; max at every fleet's maximum.`,
      `Usage is not counted. Prices read ${cost.priceDates.length ? cost.priceDates.join(', ') : '-'}.${rows ? '' : ' --rows shows every row.'}`,
    ],
  ];
  return blocks.filter((lines) => lines.length > 0).flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]));
}

const HEADER = ['idle', 'active', 'max'];
const NUMERIC = [1, 2, 3];

/** By what they cost at work: that is what most of the bill will be. */
function dearestLines({ stacks }: AssemblyCost, top: number): string[] {
  const all = stacks.flatMap((stack) =>
    stack.rows.filter((row) => row.kind === 'standing' && (row.activeUsdPerMonth ?? 0) > 0),
  );
  const dearest = all.toSorted((a, b) => b.activeUsdPerMonth! - a.activeUsdPerMonth!).slice(0, top);
  if (dearest.length === 0) return [];
  return table(
    [`dearest ${dearest.length} of ${all.length}`, ...HEADER, ''],
    dearest.map((row) => [`${nameOf(row)}: ${row.what}`, ...sums(row), row.reason ?? '']),
    NUMERIC,
  );
}

function totalLines({ stacks, total }: AssemblyCost): string[] {
  return table(
    ['by stack', ...HEADER],
    [
      ...stacks.map((stack) => [titleOf(stack), ...sums(stack)]),
      ...(stacks.length > 1 ? [['all stacks', ...sums(total)]] : []),
    ],
    NUMERIC,
  );
}

function gapLines({ stacks }: AssemblyCost): string[] {
  const gaps = stacks.flatMap((stack) => stack.rows.filter(isGap));
  if (gaps.length === 0) return [];
  const reasons = [...new Set(gaps.map((row) => row.reason))].join('; ');
  const have = gaps.length === 1 ? 'row has' : 'rows have';
  return [`unknown: ${gaps.length} ${have} no price (${reasons}), so a sum is what is known of it`];
}

function stackLines(stack: StackCost): string[] {
  const standing = stack.rows.filter((row) => row.kind === 'standing' && !isGap(row));
  const free = stack.rows.filter((row) => row.kind === 'free').length;
  const usage = stack.rows.filter((row) => row.kind === 'usage');
  return [
    ...table(
      [titleOf(stack), ...HEADER, ''],
      [
        ...standing.map((row) => [`  ${nameOf(row)}: ${row.what}`, ...sums(row), row.reason ?? '']),
        ['  sum', ...sums(stack), ''],
      ],
      NUMERIC,
    ),
    ...stack.rows
      .filter(isGap)
      .map((row) => `  unknown  ${nameOf(row)}: ${row.what ? `${row.what}, ` : ''}${row.reason}`),
    ...usage.map(
      (row) => `  usage    ${nameOf(row)}: ${row.unitPrice ? `${row.unitPrice.usd} USD ${row.what}` : row.reason}`,
    ),
    ...(free ? [`  free     ${free} resources without a charge of their own`] : []),
  ];
}

const titleOf = (stack: StackCost) => `${stack.name} (${stack.region ?? 'any region'})`;

/** A sum with gaps is a lower bound, and says so. */
function sums(
  of: Pick<CostRow, 'idleUsdPerMonth' | 'activeUsdPerMonth' | 'maxUsdPerMonth'> & Partial<Total>,
): string[] {
  return (['idleUsdPerMonth', 'activeUsdPerMonth', 'maxUsdPerMonth'] as const).map((key) => {
    const usd = of[key];
    if (usd !== null) return usd.toFixed(2);
    return of.known ? `> ${of.known[key].toFixed(2)}` : '?';
  });
}

const nameOf = (row: CostRow) => row.path?.split('/').slice(1).join('/') || row.logicalId;
