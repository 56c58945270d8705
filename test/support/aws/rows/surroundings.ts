/** Rows 15 and 21 to 25: what the account does to a run, and somebody who wants it to end. */
import { expect } from 'vitest';
import { exitCodes } from '../../../../lib/cli/exit-codes.ts';
import { remainLines } from '../../../../lib/cli/remain-lines.ts';
import { CLOUD_TYPES, cloudPlan } from '../cloud-plan.ts';
import type { CloudRun, CloudRunOptions } from '../cloud-run.ts';
import { BRIEF, calls, outcomes, records } from '../fault-rows.ts';
import { ServiceError } from '../world.ts';
import { BOTH, DONE, expectValid, Incident, isLoaded, isRunning, type Row } from './row.ts';

const runningHost = ({ world }: CloudRun) => world.of('instance').find(({ status }) => status === 'running');

const takenBack = new Incident(
  (run) => runningHost(run) !== undefined && isLoaded(run),
  (run) => run.ec2.interrupt(run.world, runningHost(run)!.tags['Name']!),
);

const spot: Row = {
  name: 'row 15: Spot capacity that is taken back voids the trial, and one record comes of it, on-demand and at that price',
  plan: () => cloudPlan({ targets: [{ ec2: { instanceTypes: ['c7i.xlarge'], purchase: 'spot' } }] }),
  options: () => ({ ...BRIEF, ...takenBack.options() }),
  befell: takenBack.befell,
  expects: async (run, end) => {
    expect(end).toMatchObject(DONE);
    takenBack.expectIn(run);
    const bought = [...run.world.things.values()].flatMap(({ kind, detail }) =>
      kind === 'instance' ? [(detail as { spot: boolean }).spot] : [],
    );
    expect(bought).toEqual(takenBack.befell() ? [true, false] : [true]);
    const [record, ...others] = await records(run);
    expect(others).toEqual([]);
    expect(record!.validity.status).toBe('valid');
    if (!takenBack.befell()) return;
    expect(record!.versions['purchase']).toBe('on-demand');
    // Of the catalog, and not the experiment's own for Spot.
    expect(record!.price!.usdPerHour).not.toBe(0.2);
  },
};

/** No catalog of the kit has its price. */
export const UNPRICED = {
  targets: [{ sagemaker: { instanceTypes: ['ml.c7i.2xlarge'] } }],
  prices: [],
  budget: undefined,
};

const unpriced: Row = {
  name: 'row 21: a price that nobody knows is null in every figure, and never 0',
  plan: () => cloudPlan(UNPRICED),
  options: () => BRIEF,
  expects: async (run, end) => {
    expect(end).toMatchObject(DONE);
    const [record] = await records(run);
    expect(record).toMatchObject({ validity: { status: 'valid' }, price: null });
    expect(record!.priceNote).toMatch(/price/);
  },
};

/** Every deletion of what has this in its name. */
const refusing = (about: string): CloudRunOptions => ({
  ...BRIEF,
  during: (run) => {
    if (run.world.faults.length > 0) return;
    const found = run.world.of('endpoint').find(({ name }) => name.includes(about));
    if (!found) return;
    run.world.faults.push({
      call: 'sagemaker:DeleteEndpoint',
      about: found.name,
      code: 'AccessDeniedException',
      message: 'is not authorized to perform: sagemaker:DeleteEndpoint',
      status: 403,
    });
  },
});

const LOAD = { protocol: 'closed', users: 1, duration: '30s' };

const refused: Row = {
  name: 'row 22: a deletion is refused, and whoever goes on says the same',
  plan: () => cloudPlan({ load: LOAD }),
  options: () => refusing(''),
  exit: exitCodes.leak,
  cuts: 'long polls',
  leaks: (run) => run.world.of('endpoint').map(({ name }) => name),
  expects: (run, end) => {
    const [endpoint] = run.world.of('endpoint');
    expect(endpoint).toBeDefined();
    expect(end.alive.map(({ id }) => id)).toContain(endpoint!.arn);
  },
};

export const ONE_IN_FIVE: Row = {
  name: 'row 22: of five deletions one is refused: four are gone, and the one is named with what ends it',
  plan: () => cloudPlan({ load: LOAD, runtimes: [{ emulated: { fixedMs: [1, 2, 3, 4, 5], perItemMs: 1 } }] }),
  options: () => refusing('3'),
  exit: exitCodes.leak,
  cuts: 'long polls',
  leaks: (run) => run.world.of('endpoint').map(({ name }) => name),
  expects: async (run, end) => {
    expect((await run.trials()).map(({ outcome }) => outcome)).toEqual(Array(5).fill('valid'));
    const [endpoint, ...others] = run.world.of('endpoint');
    expect(others).toEqual([]);
    const { name, arn } = endpoint!;
    const endCommand = expect.stringContaining(`delete-endpoint --endpoint-name ${name}`);
    expect(end.alive.find(({ kind }) => kind === 'endpoint')).toMatchObject({ name, id: arn, endCommand });
    expect(new Set(end.alive.map((one) => one.name))).toEqual(new Set([name]));
    expect(remainLines(end).join('\n')).toContain(arn);
  },
};

const hidden = BOTH.map(
  ([where, overrides]): Row => ({
    name: `row 23: what is new is hidden for a while: ${where}`,
    plan: () => cloudPlan(overrides),
    options: () => ({
      ...BRIEF,
      hosting: { start: () => ({ seconds: 30 }), hiddenSeconds: 20 },
      ec2: { ...BRIEF.ec2, hiddenSeconds: 20 },
      ecs: { ...BRIEF.ecs, hiddenSeconds: 20 },
    }),
    expects: expectValid,
  }),
);

function deletedByHand([where, overrides, kind]: (typeof BOTH)[number]): Row {
  const found = ({ world }: CloudRun) =>
    world.of(kind).find(({ status }) => status === 'InService' || status === 'running');
  const deleted = new Incident(
    (run) => found(run) !== undefined && isLoaded(run),
    (run) => {
      const thing = found(run)!;
      if (kind === 'endpoint') run.world.things.delete(thing.arn);
      else run.world.end(thing, 'shutting-down', 'terminated');
    },
  );
  return {
    name: `row 23: one that is deleted by hand under load is measured again: ${where}`,
    plan: () => cloudPlan(overrides),
    options: () => ({ ...BRIEF, ...deleted.options() }),
    befell: deleted.befell,
    expects: async (run, end) => {
      await expectValid(run, end);
      deleted.expectIn(run);
      expect(run.meter.lines().filter((line) => line.kind === kind)).toHaveLength(deleted.befell() ? 2 : 1);
    },
  };
}

const FOREIGN = 'infersweep-of-somebody';

const unreadable: Row[] = [
  {
    name: 'row 24: what cannot be told apart is said, is a leak by the exit code, and is not deleted',
    plan: cloudPlan,
    options: () => BRIEF,
    arrange: (run) => {
      const variant = { InstanceType: CLOUD_TYPES.sagemaker, InitialInstanceCount: 1, ModelName: FOREIGN };
      run.world.add('endpoint', FOREIGN, { tags: { 'infersweep:run': 'another' }, detail: { variant } });
      run.aws.gates.push(({ operation, request }) => {
        if (operation === 'ListTags' && request.body.includes(FOREIGN)) {
          throw new ServiceError('AccessDeniedException', 'is not authorized to perform: sagemaker:ListTags', 403);
        }
      });
    },
    exit: exitCodes.leak,
    leaks: () => [FOREIGN],
    expects: async (run, end) => {
      expect(end.alive).toMatchObject([{ name: FOREIGN, doubt: expect.stringContaining('AccessDenied') }]);
      expect(remainLines(end).join('\n')).toContain('not known whose');
      expect(run.world.of('endpoint').map(({ name }) => name)).toEqual([FOREIGN]);
      expect(await outcomes(run)).toEqual([expect.stringMatching(/ valid$/)]);
    },
  },
  {
    name: 'row 24: the run’s own are ended by their names all the same',
    plan: cloudPlan,
    options: () => BRIEF,
    arrange: (run) => {
      run.world.faults.push({
        call: 'sagemaker:ListTags',
        code: 'AccessDeniedException',
        message: 'no',
        status: 403,
      });
    },
    expects: expectValid,
  },
];

const isMade = ({ world }: CloudRun) => world.of('endpoint').length + world.of('instance').length > 0;

const stopped: Row['expects'] = async (run, end) => {
  expect(end).toMatchObject({ ...DONE, state: 'stopped', stopReason: 'interrupt' });
  expect(await run.trials()).toEqual([]);
};

const STOP_MOMENTS: [when: string, isTime: (run: CloudRun) => boolean][] = [
  ['while it comes up', isMade],
  ['under its check', isRunning],
  ['under load', isLoaded],
];

/** Everything is measured by then. */
function askedAtItsEnd(where: string, overrides: Record<string, unknown>): Row {
  const isEnding = (run: CloudRun) => calls(run, 'sagemaker:DeleteEndpoint') + calls(run, 'ec2:TerminateInstances') > 0;
  const asked = asking(isEnding);
  return {
    name: `row 25: asked to end while the last is torn down, has everything measured: ${where}`,
    plan: () => cloudPlan(overrides),
    options: () => ({ ...BRIEF, ...asked.options() }),
    befell: asked.befell,
    expects: (run, end) => {
      asked.expectIn(run);
      return expectValid(run, end);
    },
  };
}

const asking = (isTime: (run: CloudRun) => boolean) =>
  new Incident(isTime, (run) => {
    run.stopAsked = 'interrupt';
  });

// Twice, and as a process: test/faults/interruptions.test.ts.
export const STOPS: readonly Row[] = BOTH.flatMap(([where, overrides]): Row[] => [
  {
    name: `row 25: asked to end at once, makes nothing and ends with 130: ${where}`,
    plan: () => cloudPlan(overrides),
    options: () => BRIEF,
    arrange: (run) => {
      run.stopAsked = 'interrupt';
    },
    exit: exitCodes.interrupted,
    ended: false,
    expects: async (run, end) => {
      await stopped(run, end);
      expect(calls(run, 'sagemaker:CreateEndpoint') + calls(run, 'ec2:RunInstances')).toBe(0);
    },
  },
  ...STOP_MOMENTS.map(([when, isTime]): Row => {
    const asked = asking(isTime);
    return {
      name: `row 25: asked to end ${when}, ends with nothing alive and 130: ${where}`,
      plan: () => cloudPlan(overrides),
      options: () => ({ ...BRIEF, ...asked.options() }),
      befell: asked.befell,
      exit: () => (asked.befell() ? exitCodes.interrupted : exitCodes.ok),
      ended: false,
      expects: (run, end) => {
        asked.expectIn(run);
        return asked.befell() ? stopped(run, end) : expectValid(run, end);
      },
    };
  }),
  askedAtItsEnd(where, overrides),
]);

export const SURROUNDINGS: readonly Row[] = [
  spot,
  unpriced,
  refused,
  ONE_IN_FIVE,
  ...hidden,
  ...BOTH.map(deletedByHand),
  ...unreadable,
];
