/** Small multiples: each configuration's curve in a panel of its own, over the others in grey, where one picture would be a tangle. */
import type { Recommendation } from '../../recommend/recommendation.ts';
import { number } from '../wording.ts';
import { axisScale } from './axis-scale.ts';
import type { CurveSeries } from './curve-series.ts';
import { labelLayer, type Name } from './layers.ts';
import { textWidth } from './place-labels.ts';
import {
  atPixel,
  baseSpec,
  type Chart,
  type ChartWidth,
  colors,
  frameOf,
  type Json,
  pixelSpan,
  seriesColors,
} from './spec.ts';

/** Fewer curves than this are told apart in one picture. */
export const MIN_PANELS = 5;
const MAX_PANELS = 24;
const COLUMNS = { wide: 4, narrow: 2 } as const;
const GAP = 22;
/** Of each line over a panel. */
const TITLE_LINE = 17;
/** Panels have no figures beside them, and take that room. */
const NO_AXIS = 54;
/** Room for the figures under each plot. */
const FOOT = 20;
const RATIO = 0.62;
const VIEW = 10;

/** @returns null where there are too few curves to need it. */
export function panelsChart(all: readonly CurveSeries[], slo: Recommendation['slo'], width: ChartWidth): Chart | null {
  const series = all
    .map((s) => ({ ...s, points: s.points.filter((p) => p.latencyMs <= slo.latencyMs * VIEW) }))
    .filter((s) => s.points.length > 0)
    .slice(0, MAX_PANELS);
  if (series.length < MIN_PANELS) return null;
  const { width: plot, height, fontSize: size } = frameOf(width);
  const frame = { width: plot + NO_AXIS, height, fontSize: size };
  const titles = series.map((s) => s.label.split(' · '));
  const titleHeight = TITLE_LINE * Math.max(...titles.map((t) => t.length));
  const fontSize = frame.fontSize - 1;
  const columns = COLUMNS[width];
  const w = (frame.width - GAP * (columns - 1)) / columns;
  const h = w * RATIO;
  const points = series.flatMap((s) => s.points);
  const x = axisScale(points.map((p) => p.rate));
  const y = axisScale([slo.latencyMs, ...points.map((p) => p.latencyMs)]);
  const origin = (i: number) => ({
    left: (i % columns) * (w + GAP),
    top: Math.floor(i / columns) * (h + titleHeight + FOOT + GAP / 2) + titleHeight,
  });
  const at = (i: number, p: CurveSeries['points'][number]) => ({
    x: origin(i).left + x.share(p.rate) * w,
    y: origin(i).top + (1 - y.share(p.latencyMs)) * h,
  });
  const lines = series.flatMap((_, panel) =>
    series.flatMap((s, i) =>
      s.points.map(
        (p, order): Json => ({ ...at(panel, p), line: `${panel}/${i}`, order, own: i === panel, chosen: s.chosen }),
      ),
    ),
  );
  const color = (chosen: boolean) => (chosen ? seriesColors[0] : colors.ink);
  const own = (filter: boolean, chosen: boolean): Json => ({
    data: {
      values: lines.filter(
        (l) =>
          (l as { own: boolean; chosen: boolean }).own === filter &&
          (!filter || (l as { chosen: boolean }).chosen === chosen),
      ),
    },
    mark: {
      type: 'line',
      strokeWidth: filter ? 2.5 : 1,
      opacity: filter ? 1 : 0.4,
      color: filter ? color(chosen) : colors.other,
      point: filter ? { color: color(chosen), size: 24, filled: true } : false,
    },
    encoding: {
      x: atPixel('x'),
      y: atPixel('y'),
      detail: { field: 'line', type: 'nominal' },
      order: { field: 'order', type: 'quantitative' },
    },
  });
  const rules = series.flatMap((_, i): Json[] => {
    const { left, top } = origin(i);
    const level = top + (1 - y.share(slo.latencyMs)) * h;
    return [
      { x: left, x2: left + w, y: level, y2: level, color: colors.limit },
      { x: left, x2: left + w, y: top + h, y2: top + h, color: colors.muted },
      { x: left, x2: left, y: top, y2: top + h, color: colors.muted },
    ];
  });
  const texts = series.flatMap((s, i): Name[] => {
    const { left, top } = origin(i);
    const best = Math.max(0, ...s.points.filter((p) => p.keeps).map((p) => p.rate));
    const foot = best === 0 ? 'misses the limit' : `${number(best)} /s within the limit`;
    return [
      ...titles[i]!.map((line, n, all) => ({
        text: clipped(line, w, fontSize, s.chosen),
        x: left,
        y: top - TITLE_LINE * (all.length - n - 0.5),
        color: color(s.chosen),
        bold: s.chosen,
      })),
      { text: foot, x: left, y: top + h + FOOT / 2, color: colors.muted, bold: false },
    ];
  });
  const rows = Math.ceil(series.length / columns);
  return {
    title: 'Throughput and latency, one configuration each',
    description: `Latency over rate on the same axes, up to ${number(x.domain[1])} requests/s and ${number(y.domain[1])} ms: ${series.map((s) => s.label).join('; ')}.`,
    spec: {
      ...baseSpec({ ...frame, height: rows * (h + titleHeight + FOOT + GAP / 2) }),
      layer: [
        own(false, false),
        {
          data: { values: rules },
          mark: { type: 'rule', strokeWidth: 1 },
          encoding: {
            ...pixelSpan(),
            color: { field: 'color', type: 'nominal', scale: null },
          },
        },
        own(true, false),
        own(true, true),
        ...labelLayer(texts, fontSize),
      ],
    },
  };
}

/** The end of a long name says more than its beginning, which neighbours share. */
function clipped(text: string, width: number, fontSize: number, bold: boolean): string {
  const letters = Math.floor(width / textWidth('x', fontSize, bold));
  return text.length <= letters ? text : `…${text.slice(text.length - letters + 1)}`;
}
