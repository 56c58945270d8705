/** The report's pictures, each drawn twice: wide for desk and paper, narrow for a phone; the style sheet shows one. */
import type { Measurement } from '../core/measure/measurement.ts';
import type { DecisionMap } from '../core/recommend/decision-map.ts';
import type { Recommendation } from '../core/recommend/recommendation.ts';
import { candidatesFor, goalOf } from '../core/report/candidates-for.ts';
import { curveSeries } from '../core/report/charts/curve-series.ts';
import { curvesChart } from '../core/report/charts/curves-chart.ts';
import { frontierChart } from '../core/report/charts/frontier-chart.ts';
import { mapChart } from '../core/report/charts/map-chart.ts';
import { panelsChart } from '../core/report/charts/panels-chart.ts';
import type { Chart, ChartWidth } from '../core/report/charts/spec.ts';
import { startupChart, startups } from '../core/report/charts/startup-chart.ts';
import type { ReportRow } from '../core/report/row.ts';
import { chartSvg } from './chart-svg.ts';
import { escapeHtml } from './escape-html.ts';

export interface Figures {
  map: string | null;
  curves: string | null;
  /** Each curve by itself; null where one picture holds them all. */
  panels: string | null;
  frontier: string | null;
  startup: string | null;
}

export async function figuresFor(
  recommendation: Recommendation,
  measurements: readonly Measurement[],
  rows: readonly ReportRow[],
  map: DecisionMap,
): Promise<Figures> {
  const place = new Map(rows.map((row, i) => [row.id, i]));
  const ordered = candidatesFor(recommendation, measurements).sort(
    (a, b) => place.get(a.configuration.id)! - place.get(b.configuration.id)!,
  );
  const series = curveSeries(ordered, measurements, recommendation);
  const started = startups(
    [...measurements].sort((a, b) => place.get(a.configuration.id)! - place.get(b.configuration.id)!),
  );
  const goal = goalOf(recommendation);
  return {
    map: await figure('map', (width) => mapChart(map, goal, width)),
    curves: await figure('curves', (width) => curvesChart(series, recommendation.slo, width)),
    panels: await figure('panels', (width) => panelsChart(series, recommendation.slo, width)),
    frontier: await figure('frontier', (width) => frontierChart(recommendation, rows, width)),
    startup: await figure('startup', (width) => startupChart(started, width)),
  };
}

async function figure(id: string, draw: (width: ChartWidth) => Chart | null): Promise<string | null> {
  const parts: string[] = [];
  for (const width of ['wide', 'narrow'] as const) {
    const chart = draw(width);
    if (chart === null) return null;
    parts.push(`<div class="${escapeHtml(width)}">${await chartSvg(chart, `${id}-${width}`)}</div>`);
  }
  return `<figure id="${id}-figure">${parts.join('')}</figure>`;
}
