/**
 * The rows that can be the cheapest fleet at some demand. One that costs no more and carries no less, and comes first where
 * both cost the same, leaves another no demand to win at: ceil(d/c)·p grows with p and falls with c. The same holds of that
 * cost times a latency that is not lower.
 */
import type { Candidate } from './candidate.ts';
import { entrySteps } from './entries.ts';
import type { Goal } from './goal.ts';
import { compareEven, type Ranked } from './rank.ts';

/** In the order of ties: latency, then id. */
export function contendersOf(feasible: readonly Ranked[]): Ranked[] {
  const kept: Ranked[] = [];
  for (const row of feasible.toSorted(compareEven)) {
    if (!kept.some((k) => leavesNoDemand(k, row))) kept.push(row);
  }
  return kept;
}

function leavesNoDemand(a: Ranked, b: Ranked): boolean {
  const cheaper = a.candidate.usdPerHour! <= b.candidate.usdPerHour!;
  return cheaper && a.point.ratePerSecond >= b.point.ratePerSecond && compareEven(a, b) < 0;
}

export interface ContenderStep {
  /** From this latency objective on, until the next step. */
  limitMs: number;
  contenders: readonly Ranked[];
  /** Those of them that no tighter objective admits. */
  entered: readonly Ranked[];
}

/** The contenders at every objective, ascending; most rows enter behind one of them and make no step. */
export function contenderSteps(field: readonly Candidate[], goal: Goal): ContenderStep[] {
  const current = new Map<number, Ranked>();
  let kept: Ranked[] = [];
  const steps: ContenderStep[] = [];
  for (const { limitMs, changed } of entrySteps(field, goal)) {
    // Who gives up its place at another load may have kept out a row that it no longer keeps out.
    const replaced = changed.some(({ index }) => kept.includes(current.get(index)!));
    for (const { index, row } of changed) current.set(index, row);
    const before = kept;
    if (replaced) kept = contendersOf([...current.values()]);
    else {
      // Whoever is left no demand by a row that is itself left none, is left none by the one that does that.
      const added = changed.flatMap(({ row }) => (kept.some((k) => leavesNoDemand(k, row)) ? [] : [row]));
      if (added.length > 0) kept = contendersOf([...kept, ...added]);
    }
    if (kept === before) continue;
    const firsts = new Set(changed.filter((c) => c.first).map((c) => c.row));
    steps.push({ limitMs, contenders: kept, entered: kept.filter((r) => firsts.has(r)) });
  }
  return steps;
}
