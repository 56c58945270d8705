/** What changes as the latency objective is loosened: at each step the rows whose best load becomes another. */
import type { Candidate } from './candidate.ts';
import type { Goal } from './goal.ts';
import { type Ranked, rank } from './rank.ts';

export interface EntryStep {
  limitMs: number;
  /** Rows as they stand from this limit on, by id where several change at once. */
  changed: { index: number; row: Ranked; first: boolean }[];
}

/** Ascending by limit, in time that grows with the loads of all rows and their sorting. */
export function entrySteps(field: readonly Candidate[], goal: Goal): EntryStep[] {
  const steps = new Map<number, EntryStep['changed']>();
  for (const [index, candidate] of field.entries()) {
    const points = goal.whatIf ? [...candidate.points, ...candidate.reserve] : candidate.points;
    const known = points.flatMap((p) => p.keepsMs ?? []);
    let before: Ranked | null = null;
    for (const limitMs of [...new Set(known)].sort((a, b) => a - b)) {
      const row = rank([candidate], { ...goal, sloMs: limitMs })[0] ?? null;
      if (row === null || row.point === before?.point) continue;
      const changed = steps.get(limitMs) ?? [];
      if (changed.length === 0) steps.set(limitMs, changed);
      changed.push({ index, row, first: before === null });
      before = row;
    }
  }
  const id = ({ row }: EntryStep['changed'][number]) => row.candidate.configuration.id;
  return [...steps]
    .map(([limitMs, changed]) => ({ limitMs, changed: changed.sort((a, b) => (id(a) < id(b) ? -1 : 1)) }))
    .sort((a, b) => a.limitMs - b.limitMs);
}
