/** Every configuration with its verdict and reason. On a phone each row becomes a card; the roles keep it a table for readers. */
import { columnsFor, verdictCell } from '../core/report/columns.ts';
import type { ReportRow } from '../core/report/row.ts';
import { whyText } from '../core/report/wins-text.ts';
import { escapeHtml } from './escape-html.ts';

const BLANK = '–';

export function reportTable(rows: readonly ReportRow[]): string {
  const columns = columnsFor(rows);
  const titles = [{ title: 'Configuration', numeric: false }, { title: 'Verdict', numeric: false }, ...columns];
  const head = titles.map(
    (c) => `<th role="columnheader" scope="col"${c.numeric ? ' class="num"' : ''}>${escapeHtml(c.title)}</th>`,
  );
  const body = rows.map((row) => {
    const cells = columns.map((c) => {
      const text = c.cell(row);
      const classes = [c.numeric ? 'num' : '', text === BLANK ? 'blank' : ''].filter((name) => name !== '').join(' ');
      return `<td role="cell" data-label="${escapeHtml(c.title)}"${classes === '' ? '' : ` class="${classes}"`}>${escapeHtml(text)}</td>`;
    });
    const sub = [row.instanceType, row.stair, row.confirmed ? 'confirmed' : null].filter((t) => t !== null).join(' · ');
    return (
      `<tr role="row" class="${row.verdict}">` +
      `<th role="rowheader" scope="row">${escapeHtml(row.configuration)}<span class="sub">${escapeHtml(sub)}</span></th>` +
      `<td role="cell" class="why"><span class="verdict-${row.verdict}">${escapeHtml(verdictCell(row))}</span>${why(row)}</td>` +
      `${cells.join('')}</tr>`
    );
  });
  return (
    `<div class="scroll" tabindex="0" role="region" aria-label="All configurations"><table role="table" class="stack"><thead role="rowgroup"><tr role="row">` +
    `${head.join('')}</tr></thead><tbody role="rowgroup">${body.join('')}</tbody></table></div>`
  );
}

function why({ reason, detail, wouldWinAt }: ReportRow): string {
  return reason === null || detail === null
    ? ''
    : `<span class="sub">${escapeHtml(whyText({ reason, detail, wouldWinAt }))}</span>`;
}
