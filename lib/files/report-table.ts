/** Every configuration with its verdict and reason. */
import { columnsFor, verdictCell } from '../core/report/columns.ts';
import type { ReportRow } from '../core/report/row.ts';
import { whyText } from '../core/report/wins-text.ts';
import { escapeHtml } from './escape-html.ts';
import { htmlTable } from './html-table.ts';

export function reportTable(rows: readonly ReportRow[]): string {
  const columns = columnsFor(rows);
  const head = [{ title: 'Configuration' }, { title: 'Verdict' }, ...columns];
  const body = rows.map((row) => {
    const sub = [row.instanceType, row.stair, row.confirmed ? 'confirmed' : null].filter((t) => t !== null).join(' · ');
    const verdict = `<span class="verdict-${row.verdict}">${escapeHtml(verdictCell(row))}</span>`;
    return {
      class: row.verdict,
      cells: [
        `${escapeHtml(row.configuration)}<span class="sub">${escapeHtml(sub)}</span>`,
        `<div class="why">${verdict}${why(row)}</div>`,
        ...columns.map((c) => escapeHtml(c.cell(row))),
      ],
    };
  });
  return htmlTable('All configurations', head, body);
}

function why({ reason, detail, wouldWinAt }: ReportRow): string {
  return reason === null || detail === null
    ? ''
    : `<span class="sub">${escapeHtml(whyText({ reason, detail, wouldWinAt }))}</span>`;
}
