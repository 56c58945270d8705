/** Throughput against latency: one line for each configuration, its loads as points, and the limit it has to stay under. */
import type { Recommendation } from '../../recommend/recommendation.ts';
import { number } from '../wording.ts';
import { axisScale } from './axis-scale.ts';
import type { CurveSeries } from './curve-series.ts';
import { axisOf, labelLayer, leaderLayer, scaleOf } from './layers.ts';
import { limitLine } from './limit-line.ts';
import { placeLabels, type Segment } from './place-labels.ts';
import { baseSpec, type Chart, type ChartWidth, colors, type Frame, frameOf, type Json, seriesColors } from './spec.ts';

/** Lines drawn, the best first: more of them are a grey smear. */
const MAX_LINES = 60;

/** Lines that are named and coloured; the rest is grey context. */
const NAMED = seriesColors.length;

/** Points this many times over the limit would squeeze the rest into a corner; the table has them. */
const VIEW = 10;

/** @returns null when there is nothing to draw. */
export function curvesChart(all: readonly CurveSeries[], slo: Recommendation['slo'], width: ChartWidth): Chart | null {
  const series = all
    .map((s) => ({ ...s, points: s.points.filter((p) => p.latencyMs <= slo.latencyMs * VIEW) }))
    .filter((s) => s.points.length > 0)
    .slice(0, MAX_LINES);
  if (series.length === 0) return null;
  const frame = frameOf(width);
  const points = series.flatMap((s) => s.points);
  const x = axisScale(points.map((p) => p.rate));
  const y = axisScale([slo.latencyMs, ...points.map((p) => p.latencyMs)]);
  const color = (i: number) => seriesColors[i] ?? colors.other;
  const at = (p: CurveSeries['points'][number]) => ({
    x: x.share(p.rate) * frame.width,
    y: (1 - y.share(p.latencyMs)) * frame.height,
  });
  const named = series.slice(0, NAMED);
  const words = `limit ${number(slo.latencyMs)} ms`;
  const limitY = (1 - y.share(slo.latencyMs)) * frame.height;
  const limit = limitLine('y', slo.latencyMs, limitY, words, frame, points.map(at));
  const labels = placeLabels(
    named.map((s) => ({ ...at(s.points.at(-1)!), text: s.label, bold: s.chosen })),
    {
      ...frame,
      points: points.map(at),
      segments: [...series.flatMap((s) => segmentsOf(s.points.map(at))), limit.segment],
      taken: [limit.box],
    },
  ).map((label) => {
    const i = named.findIndex((s) => s.label === label.text);
    return { ...label, color: color(i), bold: label.anchor.bold };
  });
  // The best is drawn last and lies on top.
  const values = series.toReversed().flatMap((s, back): Json[] =>
    s.points.map((p, order) => ({
      ...p,
      order,
      series: s.label,
      color: color(series.length - 1 - back),
    })),
  );
  const percentile = `p${slo.percentile}`;
  const encoding = {
    x: {
      field: 'rate',
      type: 'quantitative',
      scale: scaleOf(x),
      axis: axisOf('good requests per second', x, { grid: false }),
    },
    y: {
      field: 'latencyMs',
      type: 'quantitative',
      scale: scaleOf(y),
      axis: axisOf(`${percentile} latency, ms`, y, { grid: true }),
    },
    color: { field: 'color', type: 'nominal', scale: null },
  };
  const lines = {
    ...encoding,
    detail: { field: 'series', type: 'nominal' },
    order: { field: 'order', type: 'quantitative' },
  };
  const dots = (keeps: boolean): Json => ({
    transform: [{ filter: `datum.keeps === ${keeps}` }],
    mark: {
      type: 'point',
      size: 50,
      strokeWidth: 2,
      opacity: 1,
      filled: keeps,
      ...(keeps ? {} : { fill: colors.paper }),
    },
    encoding,
  });
  return {
    title: 'Throughput and latency',
    description: `${percentile} latency against good requests per second for ${series.length} configurations; ${words}. ${series.map(describe).join('. ')}.`,
    spec: {
      ...baseSpec(frame),
      data: { values },
      layer: [
        { mark: { type: 'line', strokeWidth: 2 }, encoding: lines },
        dots(true),
        dots(false),
        ...limit.layers,
        ...(width === 'wide' ? leaderLayer(labels) : []),
        ...labelLayer(width === 'wide' ? labels : keyOf(named, frame), frame.fontSize),
      ],
    },
  };
}

/** On a phone there is no room beside the lines: their names stand above the picture, in their colours. */
function keyOf(named: readonly CurveSeries[], { fontSize }: Frame) {
  const lineHeight = Math.ceil(fontSize * 1.5);
  return named.map(({ label, chosen }, i) => ({
    text: `● ${label}`,
    x: 0,
    y: -(named.length - i) * lineHeight,
    color: seriesColors[i]!,
    bold: chosen,
  }));
}

function segmentsOf(points: readonly { x: number; y: number }[]): Segment[] {
  return points.slice(1).map((p, i) => ({ x1: points[i]!.x, y1: points[i]!.y, x2: p.x, y2: p.y }));
}

function describe({ label, points }: CurveSeries): string {
  const last = points.at(-1)!;
  return `${label} reaches ${number(last.rate)} per second at ${number(last.latencyMs)} ms`;
}
