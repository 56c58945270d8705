/** The objective as a dashed line, with its words where no point is. */
import { labelLayer } from './layers.ts';
import { type Box, type Segment, textWidth } from './place-labels.ts';
import { colors, type Frame, type Json } from './spec.ts';

export interface LimitLine {
  layers: Json[];
  /** What names keep away from. */
  segment: Segment;
  box: Box;
}

/** Between the words and their line, and between them and the edge. */
const GAP = 5;

/**
 * @param axis that the limit is a value of: `y` draws a level line.
 * @param at its pixel on that axis.
 */
export function limitLine(
  axis: 'x' | 'y',
  value: number,
  at: number,
  words: string,
  frame: Frame,
  points: readonly { x: number; y: number }[],
): LimitLine {
  const size = { width: textWidth(words, frame.fontSize, true), height: frame.fontSize * 1.4 };
  const boxes = (axis === 'y' ? besideLevel(at, size, frame) : besideUpright(at, size, frame)).map((p) => ({
    ...p,
    ...size,
  }));
  const inside = boxes.filter(
    (b) => b.x >= 0 && b.x + b.width <= frame.width && b.y - b.height / 2 >= 0 && b.y <= frame.height,
  );
  const crowd = (b: Box) => points.filter((p) => touches(b, p)).length;
  const box = inside.toSorted((a, b) => crowd(a) - crowd(b))[0] ?? boxes[0]!;
  const rule: Json = {
    data: { values: [{}] },
    mark: { type: 'rule', color: colors.limit, strokeDash: [6, 4], strokeWidth: 1.5 },
    encoding: { [axis]: { datum: value, type: 'quantitative' } },
  };
  const segment =
    axis === 'y' ? { x1: 0, y1: at, x2: frame.width, y2: at } : { x1: at, y1: 0, x2: at, y2: frame.height };
  const name = { text: words, x: box.x, y: box.y, color: colors.limit, bold: true };
  return { layers: [rule, ...labelLayer([name], frame.fontSize)], segment, box };
}

type Size = Pick<Box, 'width' | 'height'>;

/** Right end above, left end above, then the same below. */
function besideLevel(at: number, { width, height }: Size, frame: Frame) {
  // Vega takes letters for wider than they are and would make the picture wider for text near its edge.
  const ends = [frame.width - width * 1.3, GAP];
  return [at - GAP - height / 2, at + GAP + height / 2].flatMap((y) => ends.map((x) => ({ x, y })));
}

/** Right of the top, left of the top, then the same at the bottom. */
function besideUpright(at: number, { width, height }: Size, frame: Frame) {
  const sides = [at + GAP, at - GAP - width];
  return [height / 2, frame.height - height / 2 - GAP].flatMap((y) => sides.map((x) => ({ x, y })));
}

function touches(box: Box, point: { x: number; y: number }): boolean {
  const near = (value: number, from: number, to: number) => value > from - 2 * GAP && value < to + 2 * GAP;
  return near(point.x, box.x, box.x + box.width) && near(point.y, box.y - box.height / 2, box.y + box.height / 2);
}
