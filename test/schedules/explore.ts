/** So many schedules from a seed; the first that does not hold is shrunk and told, with what makes it again. */
import fc from 'fast-check';
import { expect, vi } from 'vitest';
import { startDynamo } from '../support/aws/services/dynamodb.ts';
import { carryOut } from './carry-out.ts';
import { schedules } from './schedule.ts';

/** In all files together. */
const COUNT = Number(process.env['INFERSWEEP_SCHEDULES'] ?? 60);

const SAY_EVERY = 200;
const say = (text: string) => void process.stdout.write(`${text}\n`);

/** @param share of the schedules that this file takes, as the n-th of so many. */
export async function explore(share: { nth: number; of: number }): Promise<void> {
  const given = process.env['INFERSWEEP_SCHEDULES_SEED'];
  const seed = (given === undefined ? Date.now() % 2 ** 31 : Number(given)) + share.nth;
  const numRuns = Math.ceil(COUNT / share.of);
  say(`${numRuns} schedules of seed ${seed} (again: INFERSWEEP_SCHEDULES_SEED=${seed - share.nth})`);
  // The SDK pauses before a retry for a random part of a second; no pause is one of its choices.
  vi.spyOn(Math, 'random').mockReturnValue(0);
  // The reaper's own report of each pass.
  vi.spyOn(console, 'log').mockReturnValue();
  const dynamo = await startDynamo();
  const ends = new Map<string, number>();
  let ran = 0;
  let calls = 0;
  const cpu = process.cpuUsage();
  try {
    const property = fc.asyncProperty(schedules, async (schedule) => {
      const out = await carryOut(schedule, dynamo);
      ran += 1;
      calls += out.calls;
      ends.set(out.end, (ends.get(out.end) ?? 0) + 1);
      if (out.violations.length > 0) throw new Error(out.violations.join('\n'));
      // Minutes pass; whoever ends it early knows how many held.
      if (ran % SAY_EVERY === 0) say(`${ran} hold, of seed ${seed}`);
    });
    const result = await fc.check(property, { seed, numRuns, endOnFailure: false });
    const { user, system } = process.cpuUsage(cpu);
    say(
      `${ran} runs, ${Math.round(calls / ran)} calls and ${((user + system) / 1e6 / ran).toFixed(2)} s of CPU each; ${[...ends].map(([end, n]) => `${end}: ${n}`).join(', ')}`,
    );
    expect(
      result.failed
        ? `seed ${seed}, path ${result.counterexamplePath}: ${JSON.stringify(result.counterexample)}\n${String(result.errorInstance)}`
        : null,
    ).toBeNull();
  } finally {
    vi.restoreAllMocks();
    await dynamo.close();
  }
}
