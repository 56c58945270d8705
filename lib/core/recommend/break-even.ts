/** The decision along the latency objective, at the stated demand: what each interval's winner costs, and who costs the same. */
import type { Candidate } from './candidate.ts';
import { choiceOf } from './choice.ts';
import { entrySteps } from './entries.ts';
import type { Goal } from './goal.ts';
import type { Ranked } from './rank.ts';
import type { Choice } from './recommendation.ts';
import { Tournament } from './tournament.ts';

export interface BreakEven {
  /** Holds for objectives in [fromMs, toMs); infinity for the last. */
  fromMs: number;
  toMs: number;
  choice: Choice;
  /** Rows that the objective values alike: they lose by their latency alone, from that limit on. */
  even: { choice: Choice; fromMs: number }[];
}

/** A new interval begins with another winner, or where the same one comes to cost less. */
export function breakEvens(field: readonly Candidate[], stated: Goal): BreakEven[] {
  const goal: Goal = { ...stated, whatIf: true };
  const shape = (row: Ranked) => choiceOf(row, goal.demandPerMinute);
  const standing = new Tournament(field.length);
  const current = new Map<number, Ranked>();
  const intervals: BreakEven[] = [];
  let holder: Ranked | null = null;
  for (const { limitMs, changed } of entrySteps(field, goal)) {
    for (const { index, row } of changed) {
      standing.set(index, row);
      current.set(index, row);
    }
    const best = standing.winner!;
    const another = best.candidate !== holder?.candidate || best.order !== holder.order;
    if (another) {
      const last = intervals.at(-1);
      if (last !== undefined) last.toMs = limitMs;
      intervals.push({ fromMs: limitMs, toMs: Number.POSITIVE_INFINITY, choice: shape(best), even: [] });
      holder = best;
    }
    const { even } = intervals.at(-1)!;
    for (const row of another ? current.values() : changed.map((c) => c.row)) {
      if (row.order === best.order && row.candidate !== best.candidate)
        even.push({ choice: shape(row), fromMs: limitMs });
    }
  }
  return intervals;
}
