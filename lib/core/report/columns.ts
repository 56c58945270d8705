/** The columns of the printed tables, once for Markdown and HTML. Columns that no row fills are left out. */
import type { ReportRow } from './row.ts';
import { ms, number, percent, usd } from './wording.ts';

export interface Column {
  title: string;
  /** Numbers are set flush right. */
  numeric: boolean;
  cell: (row: ReportRow) => string;
  shown: (rows: readonly ReportRow[]) => boolean;
}

const NONE = '–';
const always = () => true;
const some = (known: (row: ReportRow) => unknown) => (rows: readonly ReportRow[]) =>
  rows.some((r) => known(r) !== null);

const figure = (title: string, of: (row: ReportRow) => number | null, print: (v: number) => string): Column => ({
  title,
  numeric: true,
  cell: (row) => {
    const value = of(row);
    return value === null ? NONE : print(value);
  },
  shown: some(of),
});

const all: readonly Column[] = [
  { title: 'Rate /s', numeric: true, cell: rateCell, shown: always },
  {
    title: 'Items /s',
    numeric: true,
    cell: (r) => (r.itemsPerSecond === null ? NONE : number(r.itemsPerSecond)),
    shown: (rows) => rows.some((r) => (r.itemsPerSecond ?? 0) > (r.ratePerSecond ?? 0)),
  },
  { title: 'p50 / p95 / p99, ms', numeric: true, cell: percentilesCell, shown: some((r) => r.p50Ms) },
  {
    title: 'Latency',
    numeric: true,
    cell: (r) => ms(r.latencyMs),
    // Where there are percentiles, they say it.
    shown: (rows) => rows.every((r) => r.p50Ms === null),
  },
  figure('Errors', (r) => r.errorRate, percent),
  figure('Mean batch', (r) => r.meanBatch, number),
  { title: 'Queue / compute / rest, ms', numeric: true, cell: splitCell, shown: some((r) => r.split.computeMs) },
  {
    title: 'Limited by',
    numeric: false,
    cell: (r) => r.bottleneck?.word ?? NONE,
    shown: (rows) => rows.some(({ bottleneck }) => bottleneck !== null && bottleneck.word !== 'unclear'),
  },
  figure('USD per million', (r) => r.usdPerMillion, usd),
  figure(
    '× baseline',
    (r) => r.ratioToBaseline,
    (v) => v.toFixed(2),
  ),
  {
    title: 'Validity',
    numeric: false,
    cell: (r) => r.validity,
    shown: (rows) => rows.some((r) => r.validity !== 'valid'),
  },
];

export function columnsFor(rows: readonly ReportRow[]): Column[] {
  return all.filter((c) => c.shown(rows));
}

/** The rate with half the width of its interval. */
function rateCell({ ratePerSecond, rateInterval }: ReportRow): string {
  if (ratePerSecond === null) return NONE;
  const spread =
    rateInterval === null ? '' : ` ± ${Number(((rateInterval.high - rateInterval.low) / 2).toPrecision(2))}`;
  return `${number(ratePerSecond)}${spread}`;
}

function percentilesCell({ p50Ms, p95Ms, p99Ms }: ReportRow): string {
  return [p50Ms, p95Ms, p99Ms].map((v) => (v === null ? NONE : number(v))).join(' / ');
}

function splitCell({ split }: ReportRow): string {
  const { queueMs, computeMs, overheadMs } = split;
  if (computeMs === null) return NONE;
  return [queueMs, computeMs, overheadMs].map((v) => (v === null ? NONE : v.toFixed(1))).join(' / ');
}

/** `chosen`, `tied`, or why not. */
export function verdictCell({ verdict, reason }: ReportRow): string {
  return verdict === 'rejected' ? `no: ${reason}` : verdict;
}
