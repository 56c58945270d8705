/** How long each configuration takes from nothing to its first healthy answer: what scaling out has to wait for. */
import type { Measurement } from '../../measure/measurement.ts';
import { number } from '../wording.ts';
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

const ROW_HEIGHT = 46;
/** Rows drawn, in the order given: the best come first. */
const MAX_ROWS = 40;
const BAR_HEIGHT = 14;
/** Room for the figures at the end of the longest bar. */
const END_ROOM = 104;

interface Startup {
  label: string;
  prepare: number;
  ready: number;
}

/** One row for each configuration whose start was timed, in the order given; the first deployment counts. */
export function startups(measurements: readonly Measurement[]): Startup[] {
  const rows = new Map<string, Startup>();
  for (const { configuration, startup } of measurements) {
    if (startup.readySeconds === null || rows.has(configuration.id)) continue;
    const label =
      configuration.target === 'local' ? configuration.name : `${configuration.name} · ${configuration.instanceType}`;
    rows.set(configuration.id, {
      label,
      prepare: startup.prepareCached ? 0 : (startup.prepareSeconds ?? 0),
      ready: startup.readySeconds,
    });
  }
  return [...rows.values()];
}

/** @returns null when no start was timed. */
export function startupChart(all: readonly Startup[], width: ChartWidth): Chart | null {
  const rows = all.slice(0, MAX_ROWS);
  if (rows.length === 0) return null;
  const frame = { ...frameOf(width), height: rows.length * ROW_HEIGHT };
  const longest = Math.max(...rows.map((r) => r.prepare + r.ready), 0.001);
  const px = (seconds: number) => (seconds / longest) * (frame.width - END_ROOM);
  const anyPrepared = rows.some((r) => r.prepare > 0);
  const bars = rows.flatMap((r, i): Json[] => {
    const y = i * ROW_HEIGHT + 19;
    const part = (from: number, to: number, color: string) => ({
      x: px(from),
      x2: px(to),
      y,
      y2: y + BAR_HEIGHT,
      color,
    });
    const ready = part(r.prepare, r.prepare + r.ready, seriesColors[0]);
    return r.prepare > 0 ? [part(0, r.prepare, colors.other), ready] : [ready];
  });
  const texts = rows.flatMap((r, i): Json[] => [
    { x: 0, y: i * ROW_HEIGHT + 9, text: r.label },
    {
      x: px(r.prepare + r.ready) + 6,
      y: i * ROW_HEIGHT + 19 + BAR_HEIGHT / 2,
      text: r.prepare > 0 ? `${number(r.prepare)} + ${number(r.ready)} s` : `${number(r.ready)} s`,
    },
  ]);
  return {
    title: 'Startup',
    description: `Seconds to the first healthy answer${anyPrepared ? ', preparation of the model included' : ''}: ${rows.map((r) => `${r.label} ${number(r.prepare + r.ready)}`).join('; ')}.`,
    spec: {
      ...baseSpec(frame),
      layer: [
        {
          data: { values: bars },
          mark: { type: 'rect' },
          encoding: {
            ...pixelSpan(),
            color: { field: 'color', type: 'nominal', scale: null },
          },
        },
        {
          data: { values: texts },
          mark: { type: 'text', align: 'left', baseline: 'middle', fontSize: frame.fontSize },
          encoding: { x: atPixel('x'), y: atPixel('y'), text: { field: 'text', type: 'nominal' } },
        },
      ],
    },
  };
}
