/**
 * Puts names beside points so that none covers another, a point, or more of a line than it must; one that stands off has a
 * leader. Greedy in order of importance; a name without a free place is left out, since the table has it: no name is better
 * than an unreadable one.
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
  /** From the point to the name, where these are too far apart to belong together at sight. */
  leader: Segment | null;
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
const DISTANCES = [9, 16, 26, 40, 60];
/** From here on a name needs a leader. */
const FAR = 26;
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
/** Names without a place that are tried again before all others: each is a turn of all. */
const MAX_RETRIES = 8;
/** A crossed line costs more than the worst of the places that cross none. */
const LINE_COST = 30;

export function textWidth(text: string, fontSize: number, bold = false): number {
  return text.length * fontSize * (bold ? BOLD_WIDTH : LETTER_WIDTH);
}

export function placeLabels(anchors: readonly Anchor[], around: Surroundings): Placed[] {
  let order = anchors;
  let placed = inTurn(order, around);
  for (const last of leftOut(anchors, placed).slice(0, MAX_RETRIES)) {
    // One that comes first leaves the others another place, and often none is lost by it.
    const retried = [last, ...order.filter((a) => a !== last)];
    const better = inTurn(retried, around);
    if (!placed.every(({ anchor }) => better.some((l) => l.anchor === anchor))) continue;
    order = retried;
    placed = better;
  }
  return placed;
}

function leftOut(anchors: readonly Anchor[], placed: readonly Placed[]): Anchor[] {
  return anchors.filter((anchor) => !placed.some((l) => l.anchor === anchor));
}

function inTurn(anchors: readonly Anchor[], around: Surroundings): Placed[] {
  const placed: Placed[] = [];
  for (const anchor of anchors) {
    const best = candidates(anchor, around.fontSize)
      .map((label, preference) => ({ label, cost: preference + LINE_COST * crossed(label, around.segments) }))
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
      const box = { x: left, y: middle, width, height };
      return { ...box, text: anchor.text, anchor, leader: distance < FAR ? null : leaderTo(box, anchor) };
    }),
  );
}

/** To the nearest place on the name's edge; the point itself stays free. */
function leaderTo(box: Box, { x, y }: Anchor): Segment {
  const x2 = Math.min(Math.max(x, box.x), box.x + box.width);
  const y2 = Math.min(Math.max(y, top(box)), bottom(box));
  const length = Math.hypot(x2 - x, y2 - y);
  const start = Math.min(1, POINT_RADIUS / length);
  return { x1: x + (x2 - x) * start, y1: y + (y2 - y) * start, x2, y2 };
}

function isFree(label: Placed, placed: readonly Placed[], { width, height, points, taken }: Surroundings): boolean {
  const inside = label.x >= 0 && label.x + label.width <= width && top(label) >= 0 && bottom(label) <= height;
  if (!inside || points.some((p) => covers(label, p))) return false;
  const { leader, anchor } = label;
  const leaders = placed.flatMap((other) => other.leader ?? []);
  const others = points.filter((p) => p.x !== anchor.x || p.y !== anchor.y);
  return (
    ![...taken, ...placed].some((other) => overlap(label, other) || (leader !== null && runsThrough(leader, other))) &&
    !leaders.some((other) => runsThrough(other, label)) &&
    (leader === null || !others.some((p) => runsThrough(leader, roomOf(p))))
  );
}

const roomOf = ({ x, y }: { x: number; y: number }): Box => ({
  x: x - POINT_RADIUS,
  y,
  width: 2 * POINT_RADIUS,
  height: 2 * POINT_RADIUS,
});

const top = (l: Box) => l.y - l.height / 2;
const bottom = (l: Box) => l.y + l.height / 2;

export function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && top(a) < bottom(b) && top(b) < bottom(a);
}

function covers(label: Placed, { x, y }: { x: number; y: number }): boolean {
  const r = POINT_RADIUS;
  return x > label.x - r && x < label.x + label.width + r && y > top(label) - r / 2 && y < bottom(label) + r / 2;
}

function crossed(label: Box, segments: readonly Segment[]): number {
  return segments.filter((segment) => runsThrough(segment, label)).length;
}

/** By sampling: exactness is not worth a clipping algorithm here. */
function runsThrough({ x1, y1, x2, y2 }: Segment, box: Box): boolean {
  const steps = Math.max(2, Math.ceil(Math.hypot(x2 - x1, y2 - y1) / 4));
  return Array.from({ length: steps + 1 }, (_, i) => i / steps).some((t) => {
    const x = x1 + (x2 - x1) * t;
    const y = y1 + (y2 - y1) * t;
    return x > box.x && x < box.x + box.width && y > top(box) && y < bottom(box);
  });
}
