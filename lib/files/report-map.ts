/** The decision map as a table: who wins when the limit or the demand turns out to be another. */
import type { DecisionMap } from '../core/recommend/decision-map.ts';
import { ms, number } from '../core/report/wording.ts';
import { escapeHtml } from './escape-html.ts';

/** @param here the stated limit and demand, whose cell is set in bold. */
export function mapTable(
  { sloMs, demands, winners }: DecisionMap,
  here: { sloMs: number; demand: number | null },
): string {
  const head = sloMs.map((limit) => `<th scope="col">≤ ${ms(limit)}</th>`).join('');
  const corner = demands[0] === null ? '' : '<th scope="col">Requests/min</th>';
  const body = demands.map((demand, row) => {
    const name = demand === null ? '' : `<th scope="row">${number(demand)}</th>`;
    const cells = winners[row]!.map((who, column) => {
      const stated = demand === here.demand && sloMs[column] === here.sloMs;
      return `<td${stated ? ' class="here"' : ''}>${who === null ? '–' : escapeHtml(who)}</td>`;
    });
    return `<tr>${name}${cells.join('')}</tr>`;
  });
  return `<div class="scroll" tabindex="0" role="region" aria-label="Decision map"><table class="map"><thead><tr>${corner}${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}
