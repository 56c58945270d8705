/** The decision and all rows as Markdown, for a pull request or a wiki. */
import type { Recommendation } from '../recommend/recommendation.ts';
import { columnsFor, verdictCell } from './columns.ts';
import type { ReportRow } from './row.ts';
import { flipLine } from './sensitivity-text.ts';
import { whyText } from './wins-text.ts';

export function reportMarkdown(recommendation: Recommendation, rows: readonly ReportRow[]): string {
  const columns = columnsFor(rows);
  const head = ['Configuration', 'Instance', 'Load', 'Verdict', ...columns.map((c) => c.title), 'Why'];
  const rule = ['---', '---', '---', '---', ...columns.map((c) => (c.numeric ? '--:' : '---')), '---'];
  const body = rows.map((row) => [
    row.verdict === 'chosen' ? `**${escapeMarkdown(row.configuration)}**` : escapeMarkdown(row.configuration),
    escapeMarkdown(row.instanceType),
    escapeMarkdown(row.stair ?? '–'),
    escapeMarkdown(verdictCell(row)),
    ...columns.map((c) => escapeMarkdown(c.cell(row))),
    escapeMarkdown(why(row)),
  ]);
  const lines = [head, rule, ...body].map((cells) => `| ${cells.join(' | ')} |`);
  const notes = recommendation.warnings.map((w) => `- ${escapeMarkdown(w)}`);
  const flips = recommendation.sensitivity.map((f) => `- ${escapeMarkdown(flipLine(f))}`);
  const parts = [
    `# ${escapeMarkdown(recommendation.experiment)}`,
    escapeMarkdown(recommendation.sentence),
    notes.join('\n'),
    lines.join('\n'),
    ...(flips.length > 0 ? ['It would be another decision with any of', flips.join('\n')] : []),
  ];
  return `${parts.filter((p) => p !== '').join('\n\n')}\n`;
}

function why({ reason, detail, wouldWinAt }: ReportRow): string {
  return reason === null || detail === null ? '' : whyText({ reason, detail, wouldWinAt });
}

/** A bar would end the cell, a line break the table, and angle brackets begin HTML. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\|<>*_`]/g, (c) => `\\${c}`).replace(/\s*\n\s*/g, ' ');
}
