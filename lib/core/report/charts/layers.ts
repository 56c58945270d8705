/** What several charts draw: axes on known scales and names at known pixels. */
import type { AxisScale } from './axis-scale.ts';
import type { Segment } from './place-labels.ts';
import { colors, type Json, pixelSpan } from './spec.ts';

export function scaleOf(scale: AxisScale): Json {
  return { type: scale.kind, domain: scale.domain, nice: false, zero: false };
}

export function axisOf(title: string, scale: AxisScale, o: { grid: boolean }): Json {
  return { title, values: scale.ticks, grid: o.grid, labelExpr: "format(datum.value, ',')", labelOverlap: true };
}

/** A line of text by its left end and its middle. */
export interface Name {
  text: string;
  x: number;
  y: number;
  color: string;
  bold: boolean;
}

/** Pixels are given, so no scale may touch them. */
export function labelLayer(labels: readonly Name[], fontSize: number): Json[] {
  const rows = (bold: boolean): Json[] =>
    labels.filter((l) => l.bold === bold).map(({ x, y, text, color }) => ({ px: x, py: y, text, color }));
  return [false, true]
    .filter((bold) => rows(bold).length > 0)
    .map((bold) => ({
      data: { values: rows(bold) },
      mark: { type: 'text', align: 'left', baseline: 'middle', fontSize, fontWeight: bold ? 700 : 400 },
      encoding: {
        x: { field: 'px', type: 'quantitative', scale: null },
        y: { field: 'py', type: 'quantitative', scale: null },
        text: { field: 'text', type: 'nominal' },
        color: { field: 'color', type: 'nominal', scale: null },
      },
    }));
}

/** Thin lines from points to their names; none where every name stands beside its point. */
export function leaderLayer(labels: readonly { leader: Segment | null }[]): Json[] {
  const values = labels.flatMap(({ leader: l }): Json[] => (l ? [{ x: l.x1, y: l.y1, x2: l.x2, y2: l.y2 }] : []));
  const mark = { type: 'rule', color: colors.other, strokeWidth: 1 };
  return values.length === 0 ? [] : [{ data: { values }, mark, encoding: pixelSpan() }];
}
