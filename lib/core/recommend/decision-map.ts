/**
 * Which configuration wins at which latency objective and demand, exactly: the limit's axis is cut where a row that can win
 * becomes feasible or faster, and each strip at the demands where its winner changes.
 */
import type { Candidate } from './candidate.ts';
import { type ContenderStep, contenderSteps } from './contenders.ts';
import { type DemandInterval, demandCounts, demandMap } from './demand-map.ts';
import type { Goal } from './goal.ts';
import { sloMap } from './slo-map.ts';

export interface MapStrip {
  /** Holds for objectives in [fromMs, toMs). */
  fromMs: number;
  toMs: number;
  /** One, from 0 to infinity, where the demand decides nothing; empty where nothing is feasible. */
  runs: readonly DemandInterval[];
}

export interface DecisionMap {
  /** Ascending, without gaps; of very many those around the stated limit. */
  strips: readonly MapStrip[];
  /** Below it nothing is feasible; infinity where nothing ever is. */
  tightestMs: number;
  /** Requests per minute that the strips span; null where the demand decides nothing. */
  demand: { low: number; high: number } | null;
}

/** How far around the stated demand the map reaches: the first that its steps allow. */
const FACTORS = [8, 4, 2, 1.25];
/** Strips of the map, those nearest the stated limit. */
const MAX_STRIPS = 200;

/** @param field as `fieldOf` gives it: the choice wins in it at the stated limit and demand. */
export function decisionMap(field: readonly Candidate[], stated: Goal): DecisionMap {
  const goal: Goal = { ...stated, whatIf: true };
  const { demandPerMinute } = goal;
  if (!demandCounts(goal) || demandPerMinute === null) return alongLimits(field, goal);
  const steps = contenderSteps(field, goal);
  const bounded = steps.map((step, i) => ({ ...step, toMs: steps[i + 1]?.limitMs ?? Number.POSITIVE_INFINITY }));
  const near = nearest(bounded, goal.sloMs);
  for (const factor of FACTORS) {
    const demand = { low: demandPerMinute / factor, high: demandPerMinute * factor };
    const strips = stripsOf(near, goal, demand);
    if (strips !== null)
      return { strips: joined(strips), tightestMs: steps[0]?.limitMs ?? Number.POSITIVE_INFINITY, demand };
  }
  return alongLimits(field, goal);
}

function stripsOf(
  steps: readonly (ContenderStep & { toMs: number })[],
  goal: Goal,
  demand: { low: number; high: number },
): MapStrip[] | null {
  const strips: MapStrip[] = [];
  for (const { limitMs, toMs, contenders } of steps) {
    const runs = demandMap(contenders, { ...goal, sloMs: limitMs }, demand);
    if (runs === null) return null;
    strips.push({ fromMs: limitMs, toMs, runs });
  }
  return strips;
}

/** At the stated demand alone. */
function alongLimits(field: readonly Candidate[], goal: Goal): DecisionMap {
  const strips = sloMap(field, goal).map(({ fromMs, toMs, winner }) => ({
    fromMs,
    toMs,
    runs: [{ fromPerMinute: 0, toPerMinute: Number.POSITIVE_INFINITY, winner }],
  }));
  return { strips, tightestMs: strips[0]?.fromMs ?? Number.POSITIVE_INFINITY, demand: null };
}

function nearest<S extends { limitMs: number }>(steps: readonly S[], sloMs: number): readonly S[] {
  const next = steps.findIndex((s) => s.limitMs > sloMs);
  const middle = next < 0 ? steps.length : next;
  const start = Math.max(0, Math.min(middle - MAX_STRIPS / 2, steps.length - MAX_STRIPS));
  return steps.slice(start, start + MAX_STRIPS);
}

/** A contender that wins nowhere in view leaves two strips alike. */
function joined(strips: readonly MapStrip[]): MapStrip[] {
  const kept: MapStrip[] = [];
  for (const strip of strips) {
    const last = kept.at(-1);
    if (last !== undefined && alike(last.runs, strip.runs)) kept[kept.length - 1] = { ...last, toMs: strip.toMs };
    else kept.push(strip);
  }
  return kept;
}

function alike(a: readonly DemandInterval[], b: readonly DemandInterval[]): boolean {
  return (
    a.length === b.length && a.every((run, i) => run.winner === b[i]!.winner && run.toPerMinute === b[i]!.toPerMinute)
  );
}

/** Who wins at a point of the map; null where nothing meets the limit, or outside of it. */
export function winnerIn({ strips }: DecisionMap, sloMs: number, demandPerMinute: number): Candidate | null {
  const strip = strips.find((s) => s.fromMs <= sloMs && sloMs < s.toMs);
  const run = strip?.runs.find((r) => r.fromPerMinute < demandPerMinute && demandPerMinute <= r.toPerMinute);
  return run?.winner ?? null;
}
