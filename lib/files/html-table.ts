/**
 * A table that becomes a list of cards on a phone. The roles keep it a table for screen readers, which would otherwise lose it
 * with its layout; its frame takes the focus, so that a keyboard can scroll what is too wide.
 */
import { escapeHtml } from './escape-html.ts';

export interface HtmlColumn {
  title: string;
  /** Numbers are set flush right. */
  numeric?: boolean;
}

export interface HtmlRow {
  /** Markup of the cells, the first of which names the row. */
  cells: readonly string[];
  class?: string;
  /** The row that the page speaks of. */
  current?: boolean;
}

const BLANK = '–';

export function htmlTable(label: string, columns: readonly HtmlColumn[], rows: readonly HtmlRow[]): string {
  const kind = (column: HtmlColumn | undefined, more = '') => {
    const classes = [column?.numeric ? 'num' : '', more].filter((c) => c !== '').join(' ');
    return classes === '' ? '' : ` class="${classes}"`;
  };
  const head = columns.map((c) => `<th role="columnheader" scope="col"${kind(c)}>${escapeHtml(c.title)}</th>`);
  const body = rows.map(({ cells, class: name, current }) => {
    const [first, ...rest] = cells;
    const data = rest.map((cell, i) => {
      const column = columns[i + 1];
      const blank = cell === BLANK || cell === '' ? 'blank' : '';
      return `<td role="cell" data-label="${escapeHtml(column?.title ?? '')}"${kind(column, blank)}>${cell}</td>`;
    });
    const attributes = `${name === undefined ? '' : ` class="${name}"`}${current ? ' aria-current="true"' : ''}`;
    return `<tr role="row"${attributes}><th role="rowheader" scope="row">${first}</th>${data.join('')}</tr>`;
  });
  return (
    `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(label)}"><table role="table" class="stack">` +
    `<thead role="rowgroup"><tr role="row">${head.join('')}</tr></thead><tbody role="rowgroup">${body.join('')}</tbody></table></div>`
  );
}
