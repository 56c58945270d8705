/** `report.html`: one file that opens from a disk without a network and reads without JavaScript, the answer first. */
import type { Measurement } from '../core/measure/measurement.ts';
import type { Plan } from '../core/plan/plan.ts';
import type { Recommendation } from '../core/recommend/recommendation.ts';
import { embeddedJson } from './embedded-json.ts';
import { escapeHtml } from './escape-html.ts';
import { answerSection } from './report-answer.ts';
import { reportSections } from './report-sections.ts';
import { reportStyle } from './report-style.ts';

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
  const sections = await reportSections(input);
  const links = sections.map(({ id, title }) => `<li><a href="#${id}">${escapeHtml(title)}</a></li>`);
  const main = sections.map(
    ({ id, title, note, content }) =>
      `<section id="${id}" aria-labelledby="${id}-heading"><h2 id="${id}-heading">${escapeHtml(title)}</h2>` +
      `${note === null ? '' : `<p class="note">${escapeHtml(note)}</p>`}${content}</section>`,
  );
  return (
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">' +
    '<meta name="viewport" content="width=device-width, initial-scale=1">' +
    // Nothing may be fetched or run, whatever a name in the data contains.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">` +
    `<link rel="icon" href="data:,"><title>${escapeHtml(recommendation.experiment)} – infersweep</title><style>${reportStyle}</style></head>` +
    `<body><a class="skip" href="#main">Skip to the evidence</a>${answerSection(recommendation)}` +
    `<nav aria-label="Sections"><ul>${links.join('')}</ul></nav><main id="main" tabindex="-1">${main.join('')}</main>` +
    `<footer>Percentiles come from merged histograms and are left out below their sample minimum. The data is embedded in this file as JSON.</footer>` +
    `${embeddedJson('recommendation', recommendation)}${embeddedJson('measurements', measurements)}${embeddedJson('plan', plan)}` +
    '</body></html>\n'
  );
}
