/** What the report shows under its answer, the picture that explains it first. What there is nothing to say of is left out. */
import { breakEvens } from '../core/recommend/break-even.ts';
import { decisionMap } from '../core/recommend/decision-map.ts';
import type { Choice } from '../core/recommend/recommendation.ts';
import { fieldFor, goalOf } from '../core/report/candidates-for.ts';
import { mapWinners, winnerColor } from '../core/report/charts/map-chart.ts';
import { managedPremiums } from '../core/report/managed-premium.ts';
import { repeatSpreads } from '../core/report/repeat-spread.ts';
import { type ReportRow, reportRows } from '../core/report/row.ts';
import { ms, percentileName } from '../core/report/wording.ts';
import { figuresFor } from './report-figures.ts';
import { firmnessTable, premiumTable, repeatsTable } from './report-firmness.ts';
import type { ReportInput } from './report-html.ts';
import { breakEvenTable } from './report-map.ts';
import { provenance } from './report-provenance.ts';
import { reportTable } from './report-table.ts';
import { utilisationTable } from './report-utilisation.ts';

export interface Section {
  id: string;
  title: string;
  note: string | null;
  content: string;
}

export async function reportSections(input: ReportInput): Promise<Section[]> {
  const { recommendation, measurements, plan } = input;
  const { slo } = recommendation;
  const rows = reportRows(recommendation, measurements, input.baseline);
  const goal = goalOf(recommendation);
  const field = fieldFor(recommendation, measurements);
  const decisions = decisionMap(field, goal);
  const figures = await figuresFor(recommendation, measurements, rows, decisions);
  const winners = mapWinners(decisions, goal);
  const colorOf = (choice: Choice) => {
    const place = winners.findIndex(
      ({ configuration: c }) =>
        c.name === choice.configuration && c.target === choice.target && c.instanceType === choice.instanceType,
    );
    return figures.map === null || place < 0 ? null : winnerColor(place);
  };
  const map = {
    id: 'map',
    title: 'If the limit or the demand were different',
    note:
      figures.map === null
        ? 'Who would be chosen at which limit; bold is the case at hand.'
        : 'Who would be chosen; the dashed lines cross at the case at hand, and the table follows the level one.',
    content: (figures.map ?? '') + breakEvenTable(breakEvens(field, goal), goal, colorOf),
  };
  const frontier = {
    id: 'frontier',
    title: 'Frontier',
    note:
      figures.frontier === null
        ? null
        : 'The ringed point is the choice. Blue ones are efficient: nothing else is better in both. Hollow ones miss the limit.',
    content: figures.frontier ?? '<p>No configuration has both a rate and a latency.</p>',
  };
  const curves = {
    id: 'curves',
    title: 'Throughput and latency',
    note:
      figures.curves === null
        ? null
        : `Each line is a configuration under growing load, the best in colour; above the dashed line the limit is missed.${figures.panels === null ? '' : ' Below it, each by itself on the same axes.'}`,
    content:
      figures.curves === null
        ? '<p>The figures come from a source that reports single values: there are no curves to draw.</p>'
        : figures.curves + (figures.panels ?? ''),
  };
  const startup = {
    id: 'startup',
    title: 'Startup',
    note:
      figures.startup === null
        ? null
        : 'Seconds from the request to the first healthy answer, in blue; grey before it, what was prepared once, for all that share it.',
    content: figures.startup ?? '<p>No start was timed.</p>',
  };
  const optional = (section: Omit<Section, 'content'>, content: string | null) =>
    content === null ? [] : [{ ...section, content }];
  return [
    ...(figures.map === null ? [] : [map]),
    ...(figures.curves === null ? [] : [curves]),
    frontier,
    ...(figures.map === null ? [map] : []),
    ...optional(
      {
        id: 'firmness',
        title: 'What would flip it',
        note: 'The least change of one value that makes it another decision.',
      },
      firmnessTable(recommendation),
    ),
    {
      id: 'configurations',
      title: 'All configurations',
      note:
        `Figures at the highest load that met ${percentileName(slo.percentile)} ≤ ${ms(slo.latencyMs)}, else at the load that came closest.` +
        baselineNote(rows, input.baseline),
      content: reportTable(rows),
    },
    ...optional(
      {
        id: 'utilisation',
        title: 'What it used',
        note: 'Of its host, second by second under the load that it is judged by; the seconds are in the embedded data.',
      },
      utilisationTable(rows),
    ),
    ...optional(
      {
        id: 'repeats',
        title: 'Repeats',
        note: 'The same configuration measured again, at the load that it is judged by.',
      },
      repeatsTable(repeatSpreads(recommendation, measurements, rows)),
    ),
    ...optional(
      { id: 'premium', title: 'Managed or bare', note: 'SageMaker over EC2, where a configuration ran on both.' },
      premiumTable(managedPremiums(rows)),
    ),
    ...(figures.curves === null ? [curves] : []),
    startup,
    {
      id: 'provenance',
      title: 'Provenance',
      note: null,
      content: provenance(plan, measurements, input.experimentText, input.generatedAt),
    },
  ];
}

function baselineNote(rows: readonly ReportRow[], name: string | undefined): string {
  const row = rows.find((r) => r.ratioToBaseline === 1 && (r.id === name || r.configuration === name));
  return row === undefined
    ? ''
    : ` × baseline: items per second over those of ${row.configuration} on ${row.instanceType}.`;
}
