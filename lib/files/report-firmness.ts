/** How far the decision may be trusted: what flips it, whether repeats agree, and what the managed service costs. */
import type { Recommendation } from '../core/recommend/recommendation.ts';
import type { ManagedPremium } from '../core/report/managed-premium.ts';
import type { RepeatSpread } from '../core/report/repeat-spread.ts';
import { flipTexts } from '../core/report/sensitivity-text.ts';
import { number } from '../core/report/wording.ts';
import { escapeHtml } from './escape-html.ts';
import { htmlTable } from './html-table.ts';

export function firmnessTable(recommendation: Recommendation): string | null {
  const flips = flipTexts(recommendation);
  if (flips.length === 0) return null;
  const rows = flips.map(({ what, holds, flips: at, change, winner }) => [what, holds, at, change, winner]);
  return table('What flips the decision', ['If', 'It holds to', 'It flips at', 'Change', 'Then'], rows, [1, 2, 3]);
}

export function repeatsTable(spreads: readonly RepeatSpread[]): string | null {
  if (spreads.length === 0) return null;
  const between = ({ low, high }: { low: number; high: number }) => `${number(low)} to ${number(high)}`;
  const rows = spreads.map((s) => [
    `${s.configuration} · ${s.instanceType}`,
    `${s.repeats}`,
    between(s.ratePerSecond),
    s.latencyMs === null ? '–' : between(s.latencyMs),
    s.disagree === null ? 'unknown' : s.disagree ? 'no: more than their own spread lies between them' : 'yes',
  ]);
  return table('Repeats', ['Configuration', 'Repeats', 'Rate /s', 'Latency, ms', 'Agree'], rows, [1, 2, 3]);
}

export function premiumTable(premiums: readonly ManagedPremium[]): string | null {
  if (premiums.length === 0) return null;
  const times = (ratio: number | null) => (ratio === null ? '–' : `${ratio.toFixed(2)} ×`);
  const rows = premiums.map((p) => [
    `${p.configuration} · ${p.instanceType}`,
    times(p.priceRatio),
    times(p.rateRatio),
    times(p.usdPerMillionRatio),
  ]);
  const head = ['Configuration', 'Price of an hour', 'Rate', 'USD per million'];
  return table('SageMaker over EC2', head, rows, [1, 2, 3]);
}

function table(label: string, head: readonly string[], rows: readonly string[][], numeric: readonly number[]): string {
  const columns = head.map((title, i) => ({ title, numeric: numeric.includes(i) }));
  return htmlTable(
    label,
    columns,
    rows.map((cells) => ({ cells: cells.map(escapeHtml) })),
  );
}
