/** The loads that a plan names, and those that a protocol adds to them once it has measured some. */
import type { LoadPlan } from './load-plan.ts';

export type Stair = LoadPlan['stairs'][number];

export function usersStair(users: number): Stair {
  return { id: `users-${users}`, shape: { kind: 'closed', users } };
}

/** @throws RangeError for a load that the plan neither has nor may add. */
export function stairNamed({ stairs, refine }: LoadPlan, id: string): Stair {
  const planned = stairs.find((s) => s.id === id);
  if (planned !== undefined) return planned;
  const users = refine === undefined ? null : /^users-([1-9]\d{0,3})$/.exec(id);
  if (users === null) throw new RangeError(`the plan has no stair ${id}`);
  return usersStair(Number(users[1]));
}

/** With what was added, ascending by users: the lowest load says whether a server is broken or only overloaded. */
export function withAdded(load: LoadPlan, ids: readonly string[]): LoadPlan {
  const planned = new Set(load.stairs.map((s) => s.id));
  const added = [...new Set(ids)].filter((id) => !planned.has(id)).map((id) => stairNamed(load, id));
  if (added.length === 0) return load;
  return { ...load, stairs: [...load.stairs, ...added].sort((a, b) => usersOf(a) - usersOf(b)) };
}

/** Users of a closed loop; only those are added to. */
export function usersOf({ shape }: Pick<Stair, 'shape'>): number {
  return shape.kind === 'closed' ? shape.users : 0;
}
