/** A gate's outcome as one comment of a pull request. */
import type { GateResult, GateRow } from './gate.ts';

export function gateMarkdown({ base, head, rows, notes }: GateResult): string {
  const table = [
    ['metric', `base`, `head`, 'change (interval)', 'limit', 'verdict'],
    ['---', '--:', '--:', '--:', '--:', '---'],
    ...rows.map((r) => [r.metric, figure(r.base, r.unit), figure(r.head, r.unit), change(r), limit(r), verdict(r)]),
  ].map((cells) => `| ${cells.map(escaped).join(' | ')} |`);
  const remarks = [...rows.flatMap((r) => remark(r) ?? []), ...notes].map((line) => `- ${line}`);
  const sides = `base \`${base.run}\`: ${chosen(base.configuration)}; head \`${head.run}\`: ${chosen(head.configuration)}`;
  return `${[`### infersweep gate: ${headline(rows)}`, table.join('\n'), sides, remarks.join('\n')].filter(Boolean).join('\n\n')}\n`;
}

function headline(rows: readonly GateRow[]): string {
  const of = (verdict: GateRow['verdict']) => rows.filter((r) => r.verdict === verdict).map((r) => r.metric);
  const [worse, open] = [of('regression'), of('undecided')];
  if (worse.length > 0) return `regression of ${worse.join(', ')}`;
  return open.length > 0 ? `passed, ${open.join(', ')} undecided` : 'passed';
}

function chosen(configuration: string | null): string {
  return configuration === null ? 'no configuration' : `\`${configuration}\``;
}

const DIGITS = 4;

function figure(value: number | null, unit: GateRow['unit']): string {
  return value === null ? '–' : `${Number(value.toPrecision(DIGITS))} ${unit}`;
}

function percent(value: number | null): string {
  return value === null ? '?' : `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
}

function change({ changePercent, intervalPercent: i }: GateRow): string {
  if (changePercent === null) return '–';
  return `${percent(changePercent)} % ${i === null ? '(no interval)' : `(${percent(i.low)} to ${percent(i.high)})`}`;
}

function limit({ limitPercent, confidence }: GateRow): string {
  return `${limitPercent === 0 ? '0' : percent(limitPercent)} % at ${Number((confidence * 100).toPrecision(DIGITS))} %`;
}

function verdict({ verdict }: GateRow): string {
  return verdict === 'regression' ? '**regression**' : verdict;
}

function remark({ metric, verdict, note, needed }: GateRow): string | null {
  if (note === null && needed === null) return null;
  const more = needed && `about ${needed.samples} ${needed.unit} a side would decide (now ${needed.have})`;
  return `${metric} is ${verdict === 'regression' ? 'a regression' : verdict}: ${[note, more].filter(Boolean).join('; ')}`;
}

/** A bar would end the cell. */
function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}
