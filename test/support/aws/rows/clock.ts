/** Row 16: a machine whose clock is wrong. */
import { expect } from 'vitest';
import { cloudPlan } from '../cloud-plan.ts';
import { CloudRun } from '../cloud-run.ts';
import { BRIEF, records, SOON } from '../fault-rows.ts';
import type { LoopbackDynamo } from '../services/dynamodb.ts';
import { signingTime } from '../signing-time.ts';
import { BOTH, type Carrier, DONE, expectValid, type Row } from './row.ts';

/** What a user would see of the time in a run whose machine is off by so much. */
export async function atAnotherTime(
  carrier: Carrier,
  skewMs: number,
  overrides: Record<string, unknown>,
  dynamo: LoopbackDynamo,
) {
  const run = await CloudRun.start(cloudPlan(overrides), { dynamo, ...SOON, skewMs });
  run.aws.gates.push(signingTime);
  let deadline = Number.NaN;
  run.world.movers.add((world) => {
    const schedule = [...world.things.values()].find(({ kind }) => kind === 'schedule');
    if (!schedule || !Number.isNaN(deadline)) return;
    const at = (schedule.detail as { ScheduleExpression: string }).ScheduleExpression.slice(3, -1);
    deadline = Date.parse(`${at}Z`) - schedule.createdMs;
  });
  try {
    expect(await carrier(run)).toMatchObject(DONE);
    await run.invariants();
    const [record] = await records(run);
    const { spentUsd } = await (await run.ports(null)).ledger.balance();
    return {
      outcome: record!.validity.status,
      deadlineSeconds: deadline / 1000,
      readySeconds: record!.startup.readySeconds,
      durations: record!.stairs.map(({ durationS }) => durationS),
      spentUsd,
    };
  } finally {
    await run.close();
  }
}

/** On a carrier that can be cut; what the clock changes of a run that is not: `atAnotherTime`. */
export const CLOCKS = BOTH.map(([where, overrides], i): Row => {
  const skewMs = i === 0 ? 3_600_000 : -3_600_000;
  return {
    name: `row 16: a clock an hour ${skewMs > 0 ? 'ahead' : 'behind'}: ${where}`,
    plan: () => cloudPlan(overrides),
    options: () => ({ ...BRIEF, skewMs }),
    arrange: (run) => void run.aws.gates.push(signingTime),
    expects: expectValid,
  };
});
