/** What latency costs: every configuration once, the efficient ones joined, the limit as a line. */
import type { Recommendation } from '../../recommend/recommendation.ts';
import { instancesFor } from '../../scale/instances.ts';
import { tidy } from '../../scale/tidy.ts';
import { usdPerMillion } from '../../scale/usd-per-million.ts';
import { keyOf, type ReportRow } from '../row.ts';
import { number } from '../wording.ts';
import { axisScale } from './axis-scale.ts';
import { axisOf, labelLayer, leaderLayer, scaleOf } from './layers.ts';
import { limitLine } from './limit-line.ts';
import { placeLabels, type Segment } from './place-labels.ts';
import { baseSpec, type Chart, type ChartWidth, colors, frameOf, type Json, seriesColors } from './spec.ts';

/** Rows this many times over the limit would squeeze all others into a corner; the table has them. */
const VIEW = 10;

/** More names than this do not fit, and looking for a place for thousands takes long. */
const MAX_NAMES = 60;

interface Dot {
  label: string;
  latencyMs: number;
  value: number;
  efficient: boolean;
  chosen: boolean;
  inside: boolean;
}

/** @returns null when no row has both figures. */
export function frontierChart(
  recommendation: Recommendation,
  rows: readonly ReportRow[],
  width: ChartWidth,
): Chart | null {
  const measure = measureFor(recommendation, rows);
  const efficient = new Set(recommendation.frontier.map(keyOf));
  const dots = rows.flatMap((row): Dot[] => {
    const value = measure.of(row);
    const drawn = row.latencyMs !== null && row.latencyMs > 0 && row.latencyMs <= recommendation.slo.latencyMs * VIEW;
    if (value === null || !drawn || row.reason === 'validity') return [];
    const label = row.target === 'local' ? row.configuration : `${row.configuration} · ${row.instanceType}`;
    return [
      {
        label,
        latencyMs: row.latencyMs!,
        value,
        efficient: efficient.has(keyOf(row)),
        chosen: row.verdict === 'chosen',
        inside: row.meetsSlo,
      },
    ];
  });
  if (dots.length === 0) return null;
  const frame = frameOf(width);
  const { slo } = recommendation;
  const x = axisScale([slo.latencyMs, ...dots.map((d) => d.latencyMs)]);
  const y = axisScale(dots.map((d) => d.value));
  const at = (d: Dot) => ({ x: x.share(d.latencyMs) * frame.width, y: (1 - y.share(d.value)) * frame.height });
  const line = dots.filter((d) => d.efficient).sort((a, b) => a.latencyMs - b.latencyMs);
  const limitX = x.share(slo.latencyMs) * frame.width;
  const latency = recommendation.evidence === 'distribution' ? `p${slo.percentile} latency, ms` : 'latency, ms';
  const words = `limit ${number(slo.latencyMs)} ms`;
  const limit = limitLine('x', slo.latencyMs, limitX, words, frame, dots.map(at));
  const joined = line.slice(1).map((d, i): Segment => {
    const [a, b] = [at(line[i]!), at(d)];
    return { x1: a.x, y1: a.y, x2: b.x, y2: b.y };
  });
  // A phone has room for the efficient names only.
  const important = dots
    .filter((d) => width === 'wide' || d.efficient || d.chosen)
    .sort((a, b) => weight(b) - weight(a))
    .slice(0, MAX_NAMES);
  const labels = placeLabels(
    important.map((d) => ({ ...at(d), text: d.label, bold: d.chosen })),
    { ...frame, points: dots.map(at), segments: [...joined, limit.segment], taken: [limit.box] },
  ).map((label) => {
    const dot = dots.find((d) => d.label === label.text)!;
    return { ...label, color: dot.efficient ? colors.ink : colors.muted, bold: dot.chosen };
  });
  const encoding = {
    x: { field: 'latencyMs', type: 'quantitative', scale: scaleOf(x), axis: axisOf(latency, x, { grid: true }) },
    y: { field: 'value', type: 'quantitative', scale: scaleOf(y), axis: axisOf(measure.title, y, { grid: true }) },
  };
  const values = dots.map((d): Json => ({ ...d, color: d.efficient ? seriesColors[0] : colors.other }));
  const dotLayer = (inside: boolean): Json => ({
    data: { values },
    transform: [{ filter: `datum.inside === ${inside}` }],
    mark: {
      type: 'point',
      size: 70,
      strokeWidth: 2,
      opacity: 1,
      filled: inside,
      ...(inside ? {} : { fill: colors.paper }),
    },
    encoding: { ...encoding, color: { field: 'color', type: 'nominal', scale: null } },
  });
  return {
    title: measure.heading,
    description: `${measure.title} against latency. Efficient: ${line.map((d) => `${d.label} with ${number(d.value)} at ${number(d.latencyMs)} ms`).join('; ') || 'none within the limit'}.`,
    spec: {
      ...baseSpec(frame),
      layer: [
        {
          data: { values: line.map((d): Json => ({ ...d })) },
          mark: { type: 'line', color: seriesColors[0], strokeWidth: 2 },
          encoding,
        },
        dotLayer(false),
        dotLayer(true),
        {
          data: { values: values.filter((d) => (d as { chosen: boolean }).chosen) },
          mark: { type: 'point', size: 170, strokeWidth: 1.5, opacity: 1, filled: false, color: colors.ink },
          encoding,
        },
        ...limit.layers,
        ...leaderLayer(labels),
        ...labelLayer(labels, frame.fontSize),
      ],
    },
  };
}

function weight(d: Dot): number {
  return (d.chosen ? 4 : 0) + (d.efficient ? 2 : 0) + (d.inside ? 1 : 0);
}

/** Money where every row within the limit has a price, else the rate; of items, as the decision, unless a demand of requests is met. */
function measureFor({ demand, frontier }: Recommendation, rows: readonly ReportRow[]) {
  const unit = rows.some((r) => r.itemsPerSecond !== r.ratePerSecond) ? 'items' : 'requests';
  const priced = rows.some((r) => r.usdPerHour !== null) && frontier.every((c) => c.usdPerHour !== null);
  if (!priced) {
    return {
      heading: 'Throughput against latency, per instance',
      title: `good ${unit} per second, per instance`,
      of: (r: ReportRow) => r.itemsPerSecond,
    };
  }
  if (demand === null) {
    const of = (r: ReportRow) => usdPerMillion(r.usdPerHour, r.itemsPerSecond ?? 0);
    return { heading: 'Cost against latency', title: `USD per million ${unit}`, of };
  }
  const of = ({ usdPerHour, ratePerSecond }: ReportRow) =>
    usdPerHour === null || !ratePerSecond
      ? null
      : tidy(instancesFor(demand.requestsPerMinute, ratePerSecond * 60) * usdPerHour);
  return {
    heading: 'Cost against latency',
    title: `USD per hour for ${number(demand.requestsPerMinute)} requests/min`,
    of,
  };
}
