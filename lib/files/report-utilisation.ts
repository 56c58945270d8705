/** What each configuration used of its host at the load that it is judged by, and what that says of its limit. */
import type { Spread, UtilisationSummary } from '../core/measure/utilisation.ts';
import type { ReportRow } from '../core/report/row.ts';
import { number, percent } from '../core/report/wording.ts';
import { escapeHtml } from './escape-html.ts';
import { htmlTable } from './html-table.ts';

interface Column {
  title: string;
  cell: (used: UtilisationSummary) => string | null;
}

const COLUMNS: readonly Column[] = [
  {
    title: 'CPU, cores',
    cell: ({ cpuCores, capacity }) => within(cpuCores, number, capacity.serverCores),
  },
  {
    title: 'Memory, MiB',
    cell: ({ rssMib, capacity }) => within(rssMib, number, capacity.memoryLimitMib ?? capacity.hostMemoryMib),
  },
  {
    title: 'Accelerator busy',
    cell: ({ acceleratorBusy, capacity: { accelerators } }) => {
      const text = within(acceleratorBusy, percent, null);
      return text === null || accelerators === null ? text : `${text}, ${accelerators.count} by ${accelerators.source}`;
    },
  },
  {
    title: 'Accelerator memory, MiB',
    cell: ({ acceleratorMemoryMib, capacity }) =>
      within(acceleratorMemoryMib, number, capacity.accelerators?.memoryMib ?? null),
  },
  {
    title: 'Host CPU, cores',
    cell: ({ hostCpuCores, capacity }) => within(hostCpuCores, number, capacity.hostCores),
  },
];

/** @returns null where no host told of itself. Columns that none fills are left out. */
export function utilisationTable(rows: readonly ReportRow[]): string | null {
  const told = rows.flatMap((row) => (row.utilisation === null ? [] : [{ row, used: row.utilisation }]));
  if (told.length === 0) return null;
  const columns = COLUMNS.filter(({ cell }) => told.some(({ used }) => cell(used) !== null));
  const head = [
    { title: 'Configuration' },
    ...columns.map(({ title }) => ({ title: `${title}, mean / max`, numeric: true })),
    { title: 'Limited by' },
  ];
  const body = told.map(({ row, used }) => ({
    cells: [
      `${escapeHtml(row.configuration)}<span class="sub">${escapeHtml([row.instanceType, row.stair].filter((t) => t !== null).join(' · '))}</span>`,
      ...columns.map(({ cell }) => escapeHtml(cell(used) ?? '–')),
      row.bottleneck === null
        ? '–'
        : `${escapeHtml(row.bottleneck.word)}<span class="sub">${escapeHtml(row.bottleneck.detail)}</span>`,
    ],
  }));
  return htmlTable('Utilisation', head, body);
}

/** `0.93 / 0.99 of 1`. */
function within(spread: Spread | null, print: (value: number) => string, all: number | null): string | null {
  if (spread === null) return null;
  return `${print(spread.mean)} / ${print(spread.max)}${all === null ? '' : ` of ${print(all)}`}`;
}
