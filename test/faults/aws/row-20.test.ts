/** Fault matrix, row 20, on the loopback AWS: two controllers of one run. */
import { afterEach, describe, expect, it } from 'vitest';
import { cloudPlan } from '../../support/aws/cloud-plan.ts';
import { CloudRun, type CloudRunOptions } from '../../support/aws/cloud-run.ts';
import { sharedDynamo } from '../../support/aws/cut-rows.ts';
import { cutEverywhere, goesOn } from '../../support/aws/cut-run.ts';
import { calls, ended, exitOf, SOON } from '../../support/aws/fault-rows.ts';
import { HEALTHY } from '../../support/aws/rows/healthy.ts';
import { BOTH } from '../../support/aws/rows/row.ts';

const dynamo = sharedDynamo();

type Life = Awaited<ReturnType<CloudRun['live']>>;

describe('row 20: a run that is started twice', () => {
  let run: CloudRun;
  afterEach(() => run.close());

  it('row 20: has one controller, and the other is refused before it does anything', async () => {
    run = await CloudRun.start(cloudPlan(), SOON);
    const lives = await Promise.all([run.live(), run.live(), run.live()]);
    expect(lives.filter((life) => life === 'refused')).toHaveLength(2);
    const end = ended(lives.find((life) => life !== 'refused')!);
    expect(await exitOf(run, end)).toBe(0);
    expect(calls(run, 'sagemaker:CreateEndpoint')).toBe(1);
    expect(calls(run, 'ecs:RunTask')).toBe(2);
    await run.invariants();
  });

  it('row 20: is taken over once the first was silent for a minute, and not before', async () => {
    const seen: Life[] = [];
    let asked = false;
    run = await CloudRun.start(cloudPlan(), {
      ...SOON,
      during: async (own, pauses) => {
        if (asked || pauses < 3) return;
        asked = true;
        // It renewed before this pause.
        own.world.advance(40);
        seen.push(await own.live());
      },
    });
    expect(ended(await run.live())).toMatchObject({ state: 'done', error: null });
    expect(seen).toEqual(['refused']);
    await run.invariants();
  });

  /** The first sleeps, as a laptop whose lid is closed, from its n-th pause until the second has ended or is under way. */
  async function overtaken(at: number, o: CloudRunOptions, overrides: Record<string, unknown>, whole: boolean) {
    let second: Promise<Life> | null = null;
    let early = 0;
    run = await CloudRun.start(cloudPlan(overrides), {
      ...o,
      during: async (own, pauses) => {
        if (pauses < at || second !== null) {
          // The second is under way while the first wakes.
          if (second !== null) early += 1;
          return;
        }
        own.world.advance(61);
        second = own.live();
        if (whole) await second;
        else while (early < 2) await new Promise((resolve) => setTimeout(resolve, 5));
      },
    });
    const first = await run.live();
    return { first, second: await (second as Promise<Life> | null) };
  }

  it.each(BOTH)(
    'row 20: the one that slept touches nothing when it wakes: %s',
    async (_name, overrides) => {
      for (const whole of [true, false]) {
        for (const at of [1, 3, 5, 8]) {
          const { first, second } = await overtaken(at, SOON, overrides, whole);
          const where = `woken after pause ${at}, the second ${whole ? 'over' : 'under way'}`;
          if (second === null) break;
          expect(first, where).toBe('overtaken');
          expect(ended(second), where).toMatchObject({ state: 'done', error: null, alive: [], unlisted: [] });
          expect(
            (await run.trials()).map(({ outcome }) => outcome),
            where,
          ).toEqual(['valid']);
          expect(calls(run, 'ecs:RunTask'), where).toBe(2);
          expect(calls(run, 'sagemaker:CreateEndpoint') + calls(run, 'ec2:RunInstances'), where).toBe(1);
          await run.invariants();
          await run.close();
        }
      }
      run = await CloudRun.start(cloudPlan());
    },
    300_000,
  );
});

it('row 20, cut at every write: the lease of the dead keeps others off for a minute, and is taken over', async () => {
  const row = HEALTHY[0]!;
  const { writes } = await cutEverywhere(row, dynamo(), async (own) => {
    const written = own.journal.length;
    own.world.advance(5);
    expect(await own.live()).toBe('refused');
    expect(own.journal).toHaveLength(written);
    return goesOn(row, own);
  });
  expect(writes).toBeGreaterThan(40);
});
