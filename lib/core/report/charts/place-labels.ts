/**
 * Puts names beside points so that none covers another, a point, or more of a line than it must. Greedy in order of
 * importance; a name without a free place is left out, since the table has it: no name is better than an unreadable one.
 */

export interface Anchor {
  x: number;
  y: number;
  text: string;
  bold: boolean;
}

/** `x` is the left end and `y` the middle. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Placed extends Box {
  text: string;
  anchor: Anchor;
}

export interface Segment {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
}

export interface Surroundings {
  width: number;
  height: number;
  fontSize: number;
  points: readonly { x: number; y: number }[];
  segments: readonly Segment[];
  /** Boxes that other text already holds. */
  taken: readonly Box[];
}

/** Mean advance of a letter in a system font, in ems; generous, since an overlap looks worse than a gap. */
const LETTER_WIDTH = 0.57;
const BOLD_WIDTH = 0.64;
const LINE_HEIGHT = 1.25;
/** Free space around a point. */
const POINT_RADIUS = 6;
/** Distances from the anchor, in pixels, and the eight directions tried at each; right and above read best. */
const DISTANCES = [9, 16, 26];
const DIRECTIONS = [
  [1, 0],
  [1, -1],
  [1, 1],
  [0, -1],
  [0, 1],
  [-1, 0],
  [-1, -1],
  [-1, 1],
] as const;
/** A crossed line costs more than the worst of the places that cross none. */
const LINE_COST = 30;

export function textWidth(text: string, fontSize: number, bold = false): number {
  return text.length * fontSize * (bold ? BOLD_WIDTH : LETTER_WIDTH);
}

export function placeLabels(anchors: readonly Anchor[], around: Surroundings): Placed[] {
  const placed: Placed[] = [];
  for (const anchor of anchors) {
    const best = candidates(anchor, around.fontSize)
      .map((label, preference) => ({ label, cost: preference + LINE_COST * crossings(label, around.segments) }))
      .filter(({ label }) => isFree(label, placed, around))
      .reduce<{ label: Placed; cost: number } | null>((a, b) => (a === null || b.cost < a.cost ? b : a), null);
    if (best !== null) placed.push(best.label);
  }
  return placed;
}

function candidates(anchor: Anchor, fontSize: number): Placed[] {
  const width = textWidth(anchor.text, fontSize, anchor.bold);
  const height = fontSize * LINE_HEIGHT;
  return DISTANCES.flatMap((distance) =>
    DIRECTIONS.map(([dx, dy]) => {
      const reach = dx === 0 || dy === 0 ? distance : distance * Math.SQRT1_2;
      const left = dx === 0 ? anchor.x - width / 2 : dx > 0 ? anchor.x + reach : anchor.x - reach - width;
      const middle = anchor.y + dy * (reach + (dx === 0 ? height / 2 : height / 3));
      return { text: anchor.text, x: left, y: middle, width, height, anchor };
    }),
  );
}

function isFree(label: Placed, placed: readonly Placed[], { width, height, points, taken }: Surroundings): boolean {
  const inside = label.x >= 0 && label.x + label.width <= width && top(label) >= 0 && bottom(label) <= height;
  return (
    inside && ![...taken, ...placed].some((other) => overlap(label, other)) && !points.some((p) => covers(label, p))
  );
}

const top = (l: Box) => l.y - l.height / 2;
const bottom = (l: Box) => l.y + l.height / 2;

export function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && top(a) < bottom(b) && top(b) < bottom(a);
}

function covers(label: Placed, { x, y }: { x: number; y: number }): boolean {
  const r = POINT_RADIUS;
  return x > label.x - r && x < label.x + label.width + r && y > top(label) - r / 2 && y < bottom(label) + r / 2;
}

/** Lines that run through the label's box, by sampling: exactness is not worth a clipping algorithm here. */
function crossings(label: Placed, segments: readonly Segment[]): number {
  return segments.filter(({ x1, y1, x2, y2 }) => {
    const steps = Math.max(2, Math.ceil(Math.hypot(x2 - x1, y2 - y1) / 4));
    return Array.from({ length: steps + 1 }, (_, i) => i / steps).some((t) => {
      const x = x1 + (x2 - x1) * t;
      const y = y1 + (y2 - y1) * t;
      return x > label.x && x < label.x + label.width && y > top(label) && y < bottom(label);
    });
  }).length;
}
