/**
 * A part of the plan's groups, screened by an execution of its own: a durable execution may have 3,000 operations and
 * here each group takes two, so a sweep is split before it could come near that.
 */
import type { Plan } from '../../core/plan/plan.ts';
import type { Workflow } from '../../core/ports/workflow.ts';
import type { EnginePorts } from '../ports.ts';
import { readPlan } from './documents.ts';
import type { GroupOutcome, Prepared } from './life-cycle.ts';
import { scopeKey } from './names.ts';

/** Most groups of one shard. */
export const SHARD_GROUPS = 500;

/** Most characters of a shard's group names, so that the step which lists them stays below the limit of a result. */
const SHARD_CHARACTERS = 36_000;

/** Groups alive together where none of them shares the controller's machine. */
export const CLOUD_CONCURRENCY = 4;

/** Positions in `groupsOf` the plan, which does not change during a run. `to` is not included. */
export type ShardRange = { from: number; to: number };

export type ShardInput = ShardRange & {
  concurrency: number;
  /** In the plan's order. */
  prepared: readonly { id: string; made: Prepared }[];
};

export type ShardOutcome = GroupOutcome & { leftCount: number };

/** Names that are still listed one by one; `leftCount` counts all, and the receipt has them. */
const MAX_NAMES = 100;

export function groupsOf(plan: Plan): string[] {
  return [...new Set(plan.deployments.map((d) => d.group))];
}

export function shardsOf(groups: readonly string[]): ShardRange[] {
  const ranges: ShardRange[] = [];
  let characters = 0;
  for (const [i, group] of groups.entries()) {
    const last = ranges.at(-1);
    characters += group.length;
    if (last && i - last.from < SHARD_GROUPS && characters <= SHARD_CHARACTERS) last.to = i + 1;
    else {
      ranges.push({ from: i, to: i + 1 });
      characters = group.length;
    }
  }
  return ranges;
}

/** Servers on this machine would disturb each other's measurement, so they live one group at a time. */
export function concurrencyOf(plan: Plan): number {
  return plan.deployments.some((d) => d.configuration.target === 'local') ? 1 : CLOUD_CONCURRENCY;
}

export async function shard(w: Workflow, ports: EnginePorts, input: ShardInput): Promise<ShardOutcome> {
  const groups = await w.step('reserve', async () => {
    const plan = await readPlan(ports);
    const uses = new Map(
      groupsOf(plan)
        .slice(input.from, input.to)
        .map((group) => [group, new Set<number>()]),
    );
    const positions = new Map(input.prepared.map(({ id }, at) => [id, at]));
    for (const { group, preparation } of plan.deployments) {
      const at = preparation === null ? undefined : positions.get(preparation);
      if (at !== undefined) uses.get(group)?.add(at);
    }
    return [...uses].map(([group, at]) => ({ group, uses: [...at] }));
  });
  const screened = await w.map(
    'groups',
    groups,
    { concurrency: input.concurrency, key: ({ group }) => scopeKey(group) },
    (scope, { group, uses }) => {
      const prepared = preparedRecord(uses.map((at) => input.prepared[at]!));
      return scope.call<GroupOutcome>('screen', 'group', { group, purpose: 'screen', prepared, attempt: 1 });
    },
  );
  return combined(
    screened.map((s) => {
      if (!s.ok) throw new Error(s.error);
      return { ...s.value, leftCount: s.value.left.length };
    }),
  );
}

/** As a group wants it. */
export function preparedRecord(prepared: ShardInput['prepared']): { [id: string]: Prepared } {
  return Object.fromEntries(prepared.map(({ id, made }) => [id, made]));
}

export function combined(outcomes: readonly ShardOutcome[]): ShardOutcome {
  const states = new Set(outcomes.map((o) => o.state));
  return {
    state: states.has('stopped') ? 'stopped' : states.has('exhausted') ? 'exhausted' : 'done',
    stopReason: outcomes.find((o) => o.stopReason !== null)?.stopReason ?? null,
    recorded: outcomes.reduce((n, o) => n + o.recorded, 0),
    left: outcomes.flatMap((o) => o.left).slice(0, MAX_NAMES),
    leftCount: outcomes.reduce((n, o) => n + o.leftCount, 0),
  };
}
