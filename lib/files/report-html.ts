/** `report.html`: one file that opens from a disk without a network and reads without JavaScript, the answer first. */
import type { Measurement } from '../core/measure/measurement.ts';
import type { Plan } from '../core/plan/plan.ts';
import { decisionMap } from '../core/recommend/decision-map.ts';
import type { Recommendation } from '../core/recommend/recommendation.ts';
import { fieldFor, goalOf } from '../core/report/candidates-for.ts';
import { reportRows } from '../core/report/row.ts';
import { ms, percentileName } from '../core/report/wording.ts';
import { embeddedJson } from './embedded-json.ts';
import { escapeHtml } from './escape-html.ts';
import { answerSection } from './report-answer.ts';
import { figuresFor } from './report-figures.ts';
import { mapTable } from './report-map.ts';
import { provenanceSection } from './report-provenance.ts';
import { reportStyle } from './report-style.ts';
import { reportTable } from './report-table.ts';

export interface ReportInput {
  recommendation: Recommendation;
  measurements: readonly Measurement[];
  /** null for figures that no plan of ours produced. */
  plan: Plan | null;
  /** The YAML as it was written; empty when there is none. */
  experimentText: string;
  /** ISO 8601. */
  generatedAt: string;
  /** Name or id of the configuration that ratios refer to. */
  baseline?: string;
}

export async function renderReport(input: ReportInput): Promise<string> {
  const { recommendation, measurements, plan } = input;
  const { slo } = recommendation;
  const rows = reportRows(recommendation, measurements, input.baseline);
  const figures = await figuresFor(recommendation, measurements, rows);
  const goal = goalOf(recommendation);
  const map = decisionMap(fieldFor(recommendation, measurements), goal);
  const objective = `${percentileName(slo.percentile)} ≤ ${ms(slo.latencyMs)}`;
  const main = [
    section(
      'curves',
      'Throughput and latency',
      'Each line is a configuration under growing load; hollow points miss the limit.',
      figures.curves ??
        '<p>The figures come from a source that reports single values: there are no curves to draw.</p>',
    ),
    section(
      'frontier',
      'Frontier',
      'Joined points are efficient: nothing else is better in both. Hollow points miss the limit.',
      figures.frontier ?? '<p>No configuration has both a rate and a latency.</p>',
    ),
    section(
      'map',
      'If the limit or the demand were different',
      'Who would be chosen; bold is the case at hand.',
      mapTable(map, { sloMs: slo.latencyMs, demand: goal.demandPerMinute }),
    ),
    section(
      'configurations',
      'All configurations',
      `Figures at the highest load that met ${objective}, else at the load that came closest.`,
      reportTable(rows),
    ),
    section(
      'startup',
      'Startup',
      'Seconds from the request to the first healthy answer; grey is the preparation of the model, done once.',
      figures.startup ?? '<p>No start was timed.</p>',
    ),
    provenanceSection(plan, measurements, input.experimentText, input.generatedAt),
  ];
  return (
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">' +
    '<meta name="viewport" content="width=device-width, initial-scale=1">' +
    // Nothing may be fetched or run, whatever a name in the data contains.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">` +
    `<link rel="icon" href="data:,"><title>${escapeHtml(recommendation.experiment)} – infersweep</title><style>${reportStyle}</style></head>` +
    `<body>${answerSection(recommendation)}<main>${main.join('')}</main>` +
    `<footer>Percentiles come from merged histograms and are left out below their sample minimum. The data is embedded in this file as JSON.</footer>` +
    `${embeddedJson('recommendation', recommendation)}${embeddedJson('measurements', measurements)}${embeddedJson('plan', plan)}` +
    '</body></html>\n'
  );
}

function section(id: string, title: string, note: string, content: string): string {
  return `<section id="${id}"><h2>${escapeHtml(title)}</h2><p class="note">${escapeHtml(note)}</p>${content}</section>`;
}
