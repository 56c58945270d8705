/** The decision map as a picture: which configuration wins at which latency objective and demand, and where the case at hand lies. */
import type { Candidate } from '../../recommend/candidate.ts';
import { type DecisionMap, type MapStrip, winnerIn } from '../../recommend/decision-map.ts';
import type { Goal } from '../../recommend/goal.ts';
import { number } from '../wording.ts';
import { labelLayer, type Name } from './layers.ts';
import { textWidth } from './place-labels.ts';
import {
  atPixel,
  baseSpec,
  type Chart,
  type ChartWidth,
  colors,
  type Frame,
  frameOf,
  type Json,
  pixelSpan,
  seriesColors,
} from './spec.ts';

const PIXEL = 1;
/** Room to the left of the tightest and to the right of the last change. */
const AIR = 1.35;
const LINE = 1.3;
/** Between two figures under the axis. */
const TICK_ROOM = 34;
/** Winners that are named in the picture, and changes that are told in words. */
const MAX_WORDS = 12;

interface Axes {
  px: (limitMs: number) => number;
  demandAt: (y: number) => number;
  height: number;
}

interface Cell {
  x: number;
  x2: number;
  y: number;
  y2: number;
  winner: Candidate;
}

/** Winners, the choice first, then by the area that they hold: the order of colours in picture and tables. */
export function mapWinners({ strips }: DecisionMap, goal: Goal): Candidate[] {
  const share = new Map<Candidate, number>();
  for (const { fromMs, toMs, runs } of strips) {
    const width = Math.log(Math.min(toMs, Math.max(fromMs, goal.sloMs) * AIR) / fromMs);
    for (const run of runs) {
      const here =
        fromMs <= goal.sloMs &&
        goal.sloMs < toMs &&
        run.fromPerMinute < goal.demandPerMinute! &&
        goal.demandPerMinute! <= run.toPerMinute;
      const area = here ? Number.POSITIVE_INFINITY : width * Math.log(run.toPerMinute / run.fromPerMinute);
      share.set(run.winner, (share.get(run.winner) ?? 0) + area);
    }
  }
  return [...share].sort((a, b) => b[1] - a[1]).map(([candidate]) => candidate);
}

export function winnerColor(place: number): string {
  return seriesColors[place] ?? colors.other;
}

export function placeName({ configuration: c }: Candidate): string[] {
  return c.target === 'local' ? [c.name] : [c.name, c.instanceType];
}

/** @returns null where the demand decides nothing, or nothing meets any limit. */
export function mapChart(map: DecisionMap, goal: Goal, width: ChartWidth): Chart | null {
  const { demand, strips } = map;
  const stated = goal.demandPerMinute;
  if (demand === null || stated === null || strips.length === 0) return null;
  const frame = frameOf(width);
  const first = Math.min(strips[0]!.fromMs, goal.sloMs) / AIR;
  const last = Math.max(strips.at(-1)!.fromMs, goal.sloMs) * AIR;
  const px = (ms: number) => (Math.log(clamp(ms, first, last) / first) / Math.log(last / first)) * frame.width;
  const py = (d: number) =>
    (1 - Math.log(clamp(d, demand.low, demand.high) / demand.low) / Math.log(demand.high / demand.low)) * frame.height;
  const winners = mapWinners(map, goal);
  const demandAt = (y: number) => demand.low * (demand.high / demand.low) ** (1 - y / frame.height);
  const columns = strips
    .map((strip) => cellsOf(strip, { px, demandAt, height: frame.height }))
    .filter((c) => c.length > 0);
  const cells = columns.flat();
  const rects = cells.map(({ winner, ...box }): Json => ({ ...box, color: winnerColor(winners.indexOf(winner)) }));
  const limits = ticksAcross(changesAcross(map, goal), goal, px);
  const here = { x: px(goal.sloMs), y: py(stated) };
  const axis = (title: string, values: readonly number[]): Json => ({
    title,
    values: [...values],
    grid: false,
    labelExpr: "format(datum.value, ',.4~r')",
    labelOverlap: true,
  });
  const log = (domain: [number, number]): Json => ({ type: 'log', domain, nice: false });
  return {
    title: 'Which configuration wins at which limit and demand',
    description: describe(map, goal),
    spec: {
      ...baseSpec(frame),
      layer: [
        {
          data: { values: [{ ms: goal.sloMs, demand: stated }] },
          mark: { type: 'point', opacity: 0 },
          encoding: {
            x: {
              field: 'ms',
              type: 'quantitative',
              scale: log([first, last]),
              axis: axis('latency limit, ms', limits),
            },
            y: {
              field: 'demand',
              type: 'quantitative',
              scale: log([demand.low, demand.high]),
              axis: axis('requests per minute', demandTicks(demand, stated)),
            },
          },
        },
        {
          data: { values: rects },
          mark: { type: 'rect', opacity: 0.3 },
          encoding: {
            ...pixelSpan(),
            color: { field: 'color', type: 'nominal', scale: null },
          },
        },
        {
          data: { values: borders(columns, frame) },
          mark: { type: 'rule', color: colors.muted, strokeWidth: 0.75 },
          encoding: pixelSpan(),
        },
        {
          data: {
            values: [
              { x: here.x, x2: here.x, y: 0, y2: frame.height },
              { x: 0, x2: frame.width, y: here.y, y2: here.y },
            ],
          },
          mark: { type: 'rule', color: colors.limit, strokeDash: [6, 4], strokeWidth: 1.5 },
          encoding: pixelSpan(),
        },
        {
          data: { values: [here] },
          mark: { type: 'point', filled: true, size: 90, opacity: 1, color: colors.limit },
          encoding: { x: atPixel('x'), y: atPixel('y') },
        },
        ...labelLayer(names(cells, winners, here, px(map.tightestMs), frame), frame.fontSize),
      ],
    },
  };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** Each row of pixels belongs to whoever wins in its middle: runs that are thinner alternate as they do. */
function cellsOf({ fromMs, toMs, runs }: MapStrip, axes: Axes): Cell[] {
  const [x, x2] = [axes.px(fromMs), axes.px(toMs)];
  if (x2 - x < PIXEL / 2) return [];
  const cells: Cell[] = [];
  let at = 0;
  for (let y2 = axes.height; y2 >= PIXEL; y2 -= PIXEL) {
    const demand = axes.demandAt(y2 - PIXEL / 2);
    while (at < runs.length - 1 && runs[at]!.toPerMinute < demand) at++;
    const winner = runs[at]?.winner;
    const below = cells.at(-1);
    if (below !== undefined && below.winner === winner) below.y = y2 - PIXEL;
    else if (winner !== undefined) cells.push({ x, x2, y: y2 - PIXEL, y2, winner });
  }
  return cells;
}

/** Lines where the winner changes: the upper and the left edge of each cell that has another neighbour there. */
function borders(columns: readonly (readonly Cell[])[], { height }: Frame): Json[] {
  return columns.flatMap((column, i) =>
    column.flatMap((c): Json[] => {
      const above = c.y > 0.5 && c.y < height - 0.5 ? [{ x: c.x, x2: c.x2, y: c.y, y2: c.y }] : [];
      const same = (columns[i - 1] ?? []).filter((n) => n.winner === c.winner && n.y < c.y2 && n.y2 > c.y);
      return [...above, ...openEdges(c, same).map(({ y, y2 }) => ({ x: c.x, x2: c.x, y, y2 }))];
    }),
  );
}

/** Pieces of a cell's left edge that no cell of the same winner continues. */
function openEdges({ y, y2 }: Cell, beside: readonly Cell[]): { y: number; y2: number }[] {
  const open: { y: number; y2: number }[] = [];
  let from = y;
  for (const n of beside.toSorted((a, b) => a.y - b.y)) {
    if (n.y > from) open.push({ y: from, y2: n.y });
    from = Math.max(from, n.y2);
  }
  if (from < y2) open.push({ y: from, y2 });
  return open;
}

/** The limits at which the decision changes at the stated demand, with who wins from there on. */
function changesAcross(map: DecisionMap, goal: Goal): { fromMs: number; winner: Candidate }[] {
  let before: Candidate | null = null;
  return map.strips.flatMap(({ fromMs }) => {
    const winner = winnerIn(map, fromMs, goal.demandPerMinute!);
    if (winner === null || winner === before) return [];
    before = winner;
    return [{ fromMs, winner }];
  });
}

/** The stated limit and those changes; none that would touch another. */
function ticksAcross(changes: readonly { fromMs: number }[], goal: Goal, px: (ms: number) => number): number[] {
  const kept: number[] = [];
  for (const ms of [goal.sloMs, ...changes.map((c) => c.fromMs)]) {
    if (kept.every((k) => Math.abs(px(k) - px(ms)) > TICK_ROOM)) kept.push(ms);
  }
  return kept.sort((a, b) => a - b);
}

function demandTicks({ low, high }: { low: number; high: number }, stated: number): number[] {
  return [low, low * 2, low * 4, stated / 2, stated, stated * 2, stated * 4, high]
    .filter((d) => d >= low && d <= high)
    .filter((d, i, all) => all.indexOf(d) === i);
}

/** In the largest cell of each, clear of the case at hand; a name that does not fit stands in the table alone. */
function names(
  cells: readonly Cell[],
  winners: readonly Candidate[],
  here: { x: number; y: number },
  feasibleX: number,
  frame: Frame,
): Name[] {
  const { fontSize } = frame;
  const written: { lines: string[]; cell: Omit<Cell, 'winner'>; bold: boolean }[] = winners
    .slice(0, MAX_WORDS)
    .flatMap((winner, i) => {
      const own = cells.filter((c) => c.winner === winner).sort((a, b) => area(b) - area(a))[0];
      return own === undefined ? [] : [{ lines: placeName(winner), cell: own, bold: i === 0 }];
    });
  const nothing = {
    lines: ['nothing', 'is fast enough'],
    cell: { x: 0, x2: feasibleX, y: 0, y2: frame.height },
    bold: false,
  };
  return [...written, nothing].flatMap(({ lines, cell, bold }) => {
    const wide = Math.max(...lines.map((l) => textWidth(l, fontSize, bold)));
    const tall = lines.length * fontSize * LINE;
    if (wide + 10 > cell.x2 - cell.x || tall + 6 > cell.y2 - cell.y) return [];
    const x = (cell.x + cell.x2 - wide) / 2;
    const middles = [0.5, 0.25, 0.75].map((share) => cell.y + (cell.y2 - cell.y) * share);
    const y = middles.find((middle) => Math.abs(middle - here.y) > tall / 2 + 8) ?? middles[0]!;
    return lines.map((text, i) => ({
      text,
      x,
      y: y + (i - (lines.length - 1) / 2) * fontSize * LINE,
      color: colors.ink,
      bold,
    }));
  });
}

function area({ x, x2, y, y2 }: Omit<Cell, 'winner'>): number {
  return (x2 - x) * (y2 - y);
}

function describe(map: DecisionMap, goal: Goal): string {
  const changes = changesAcross(map, goal);
  const parts = changes
    .slice(0, MAX_WORDS)
    .map(({ fromMs, winner }) => `from ${number(fromMs)} ms ${placeName(winner).join(' on ')}`);
  const rest = changes.length > MAX_WORDS ? '; the table has the rest' : '';
  const { low, high } = map.demand!;
  return `At ${number(goal.demandPerMinute!)} requests/min: nothing below ${number(map.tightestMs)} ms; ${parts.join('; ')}${rest}. The picture spans ${number(low)} to ${number(high)} requests/min.`;
}
