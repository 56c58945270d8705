/** Rows 3 to 8: what never comes up, or not at once. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import { exitCodes } from '../../../../lib/cli/exit-codes.ts';
import { CLOUD_TYPES, cloudPlan } from '../cloud-plan.ts';
import type { CloudRun } from '../cloud-run.ts';
import { BRIEF, calls, ON_EC2, outcomes } from '../fault-rows.ts';
import { scriptedHosts } from '../host-launcher.ts';
import { DONE, expectCalls, expectCount, expectValid, fixes, INVALID, type Row, reasons } from './row.ts';

const price = (instanceType: string) => ({ instanceType, usdPerHour: 0.2, source: 'a test', date: '2026-11-01' });

/** One deployment on SageMaker, and one on each of these EC2 types. */
const onBoth = (ec2: string[] = [CLOUD_TYPES.ec2]) =>
  cloudPlan({
    targets: [{ ec2: { instanceTypes: ec2 } }, { sagemaker: { instanceTypes: [CLOUD_TYPES.sagemaker] } }],
    prices: [CLOUD_TYPES.sagemaker, ...ec2].map(price),
  });

const throttled = (call: string, times?: number): Omit<Row, 'name'> => ({
  plan: cloudPlan,
  options: () => ({ ...BRIEF, maxAttempts: 4 }),
  arrange: (run) => {
    const fault = { call, code: 'ThrottlingException', message: 'Rate exceeded' };
    run.world.faults.push(times === undefined ? fault : { ...fault, times });
  },
  expects: expectValid,
});

const THROTTLED = [
  ['sagemaker', ['CreateModel', 'CreateEndpointConfig', 'CreateEndpoint'], {}],
  ['ec2', ['RunInstances'], ON_EC2],
  ['ecs', ['RunTask'], {}],
  ['scheduler', ['CreateSchedule'], {}],
] as const;

export const THROTTLING: readonly Row[] = [
  ...['sagemaker:CreateEndpoint', 'sagemaker:ListEndpoints', 'dynamodb:UpdateItem', 'scheduler:CreateSchedule'].map(
    (call) => ({
      name: `row 3: three times at ${call} is nobody’s fault`,
      ...throttled(call, 3),
    }),
  ),
  ...['sagemaker:DescribeEndpoint', 'ecs:DescribeTasks'].map((call) => ({
    name: `row 3: for several looks at ${call}, only the looks are late`,
    ...throttled(call, 8),
  })),
  {
    ...throttled('sagemaker:CreateEndpoint'),
    name: 'row 3: for ever blocks the trial, without spinning, and no other',
    plan: onBoth,
    options: () => ({ ...BRIEF, maxAttempts: 2 }),
    exit: INVALID,
    expects: async (run, end) => {
      expect(end).toMatchObject(DONE);
      expect(await outcomes(run)).toEqual([
        expect.stringMatching(/@c7i.xlarge valid$/),
        expect.stringMatching(/@ml.c7i.xlarge invalid:interrupted$/),
      ]);
      expect(await reasons(run)).toEqual([expect.stringContaining('Rate exceeded')]);
      // Both tries of the SDK.
      expectCalls(run, 'sagemaker:CreateEndpoint', 2, 2);
    },
  },
  ...THROTTLED.map(
    ([service, operations, overrides]): Row => ({
      name: `row 3: ${service} that throttles every creation ends the trial in a bounded number of calls`,
      plan: () => cloudPlan(overrides),
      options: () => ({ ...BRIEF, maxAttempts: 2 }),
      arrange: (run) => {
        for (const operation of operations) {
          const words = { code: 'ThrottlingException', message: 'Rate exceeded' };
          run.world.faults.push({ call: `${service}:${operation}`, ...words });
        }
      },
      exit: INVALID,
      expects: async (run, end) => {
        expect(end).toMatchObject(DONE);
        expect(await outcomes(run)).toEqual([
          expect.stringMatching(/ (invalid:unhealthy|invalid:interrupted|skipped)/),
        ]);
        const made = operations.reduce((sum, operation) => sum + calls(run, `${service}:${operation}`), 0);
        expect(made).toBeGreaterThanOrEqual(2);
        expect(made).toBeLessThanOrEqual(24);
      },
    }),
  ),
];

const NO_MACHINE =
  'Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error. Please retry using a different ML instance type or after some time.';

function lateCapacity(): Row {
  let asked: string[] = [];
  const of = (type: string) => asked.filter((a) => a.startsWith(`${type} `));
  return {
    name: 'row 4: what comes late is measured, what never comes is skipped, and no other type is ever asked for',
    plan: () => onBoth(['c7i.xlarge', 'c7i.2xlarge']),
    options: () => {
      asked = [];
      const capacity = (type: string, zone: string) => {
        asked.push(`${type} ${zone}`);
        // Both zones, both tries of the SDK.
        return type === 'c7i.2xlarge' || of('c7i.xlarge').length <= 4 ? ('insufficient' as const) : ('yes' as const);
      };
      return { ...BRIEF, sharesTime: true, maxAttempts: 2, ec2: { ...BRIEF.ec2, capacity } };
    },
    exit: INVALID,
    expects: async (run, end) => {
      expect(end).toMatchObject(DONE);
      expect(await outcomes(run)).toEqual([
        expect.stringMatching(/@c7i.2xlarge skipped:capacity$/),
        expect.stringMatching(/@c7i.xlarge valid$/),
        expect.stringMatching(/@ml.c7i.xlarge valid$/),
      ]);
      expect(await fixes(run)).toEqual([expect.stringMatching(/^c7i.2xlarge: .*subnet-a.*subnet-b/)]);
      // Three times in all, in both zones, each tried twice by the SDK; once more where nobody wrote down the answer.
      expectCount(run, of('c7i.2xlarge').length, 12, 4);
      const zones = ['us-east-1a', 'us-east-1b'];
      const both = ['c7i.xlarge', 'c7i.2xlarge'].flatMap((t) => zones.map((zone) => `${t} ${zone}`));
      expect(new Set(asked)).toEqual(new Set(both));
    },
  };
}

const endpointsMade = (run: CloudRun) => run.meter.lines().filter(({ kind }) => kind === 'endpoint').length;

const capacity: Row[] = [
  lateCapacity(),
  {
    name: 'row 4: another zone has it',
    plan: () => cloudPlan(ON_EC2),
    options: () => ({
      ...BRIEF,
      maxAttempts: 1,
      ec2: { ...BRIEF.ec2, capacity: (_, zone) => (zone === 'us-east-1a' ? 'unsupported' : 'yes') },
    }),
    expects: async (run, end) => {
      await expectValid(run, end);
      expectCalls(run, 'ec2:RunInstances', 2, 2);
    },
  },
  {
    name: 'row 4: EC2 has none in one zone, and at first none in the other',
    plan: () => cloudPlan(ON_EC2),
    options: () => {
      let asked = 0;
      const capacity = (_: string, zone: string) =>
        zone === 'us-east-1a' ? 'unsupported' : asked++ < 1 ? 'insufficient' : 'yes';
      return { ...BRIEF, maxAttempts: 1, ec2: { ...BRIEF.ec2, capacity } };
    },
    expects: async (run, end) => {
      await expectValid(run, end);
      expect(new Set(run.ec2.asked)).toEqual(new Set(['c7i.xlarge']));
    },
  },
  {
    name: 'row 4: SageMaker has none, three times',
    plan: cloudPlan,
    options: () => ({ ...BRIEF, hosting: { start: () => ({ seconds: 15, failureReason: NO_MACHINE }) } }),
    exit: INVALID,
    expects: async (run, end) => {
      expect(end).toMatchObject(DONE);
      expect(await outcomes(run)).toEqual([expect.stringMatching(/ skipped:capacity$/)]);
      expect(await fixes(run)).toEqual([expect.stringContaining(NO_MACHINE)]);
      expect(endpointsMade(run), 'three tries in all, whoever makes them').toBe(3);
      // One that died between a creation and its record leaves the next to ask again, and the SDK asks three times: to it the
      // clock of this machine is minutes off by then, and it takes every error, also that the endpoint exists, for that.
      expectCalls(run, 'sagemaker:CreateEndpoint', 3, 3);
      expect(calls(run, 'ecs:RunTask'), 'no load').toBe(0);
    },
  },
];

// Before a run, the account's quotas are read and nothing is created: test/aws/preflight.test.ts. This is the refusal itself.
const quota: Row[] = [
  {
    name: 'row 5: a quota of nothing is asked once, named, and stops nobody else',
    plan: onBoth,
    options: () => ({ ...BRIEF, hosting: { ...BRIEF.hosting, quota: { 'ml.c7i.xlarge': 0 } } }),
    exit: INVALID,
    expects: async (run, end) => {
      expect(end).toMatchObject(DONE);
      expect(await outcomes(run)).toEqual([
        expect.stringMatching(/@c7i.xlarge valid$/),
        expect.stringMatching(/@ml.c7i.xlarge skipped:quota$/),
      ]);
      const said = 'quota "ml.c7i.xlarge for endpoint usage" (Service Quotas, Amazon SageMaker)';
      expect(await fixes(run)).toEqual([expect.stringContaining(said)]);
      expect(run.meter.lines().filter(({ kind }) => kind === 'endpoint')).toEqual([]);
      expectCalls(run, 'sagemaker:CreateEndpoint', 1);
    },
  },
  {
    name: 'row 5: a quota of nothing on EC2 is named, too',
    plan: onBoth,
    options: () => ({ ...BRIEF, ec2: { ...BRIEF.ec2, vcpuLimit: 0 } }),
    exit: INVALID,
    expects: async (run, end) => {
      expect(end).toMatchObject(DONE);
      expect(await outcomes(run)).toEqual([
        expect.stringMatching(/@c7i.xlarge skipped:quota$/),
        expect.stringMatching(/@ml.c7i.xlarge valid$/),
      ]);
      expectCalls(run, 'ec2:RunInstances', 1);
      expect(await fixes(run)).toEqual([expect.stringContaining('Running On-Demand Standard')]);
    },
  },
];

const WHY =
  'The primary container for production variant AllTraffic did not pass the ping health check. Please check CloudWatch logs for this endpoint.';
const LOGS = ['loading', 'Killed: no memory for 11 GiB of weights'];

const failing: Row = {
  name: 'row 6: an endpoint that fails says why, with the end of its log, and is confirmed gone',
  plan: cloudPlan,
  options: () => ({ ...BRIEF, hosting: { start: () => ({ seconds: 15, failureReason: WHY, logs: LOGS }) } }),
  exit: INVALID,
  expects: async (run, end) => {
    expect(end).toMatchObject(DONE);
    expect(await outcomes(run)).toEqual([expect.stringMatching(/ invalid:unhealthy$/)]);
    expect(await reasons(run)).toEqual([[WHY, ...LOGS].join('\n')]);
    expect(calls(run, 'ecs:RunTask'), 'no load').toBe(0);
    const receipt = (await run.receipt())!;
    expect(receipt.resources.map(({ gone }) => gone)).toEqual([true]);
  },
};

/** Seconds from the creation of an endpoint to the first look after which its deletion was asked for. */
function patience(): { of(run: CloudRun): void; seconds: number } {
  const seen = {
    seconds: Number.NaN,
    of(run: CloudRun) {
      seen.seconds = Number.NaN;
      run.world.movers.add((world) => {
        const endpoint = [...world.things.values()].find(({ kind }) => kind === 'endpoint');
        if (endpoint && Number.isNaN(seen.seconds) && world.calls.includes('sagemaker:DeleteEndpoint')) {
          seen.seconds = (world.nowMs - endpoint.createdMs) / 1000;
        }
      });
    },
  };
  return seen;
}

function stuck(): Row {
  const given = patience();
  return {
    name: 'row 7: an endpoint in Creating is given up after half an hour, refuses deletion for 40 minutes more, and goes',
    plan: cloudPlan,
    options: () => ({ hosting: { start: () => ({ seconds: 1800 + 2400 }) } }),
    arrange: given.of,
    exit: INVALID,
    cuts: 'long polls',
    expects: async (run, end) => {
      expect(end).toMatchObject(DONE);
      expect(await outcomes(run)).toEqual([expect.stringMatching(/ invalid:unhealthy$/)]);
      expect(await reasons(run)).toEqual(['not ready after 1800 s']);
      expect(calls(run, 'sagemaker:DeleteEndpoint')).toBeGreaterThan(40);
      // No later than the next looks at it, and than a successor comes.
      expect(given.seconds).toBeGreaterThanOrEqual(1770);
      expect(given.seconds).toBeLessThan(1800 + 60 + 61 * run.deaths);
    },
  };
}

const immortal: Row = {
  name: 'row 7: for ever is a leak with a name and a command, and is not taken for gone',
  plan: cloudPlan,
  options: () => ({ hosting: { start: () => ({ seconds: null }) } }),
  exit: exitCodes.leak,
  cuts: 'long polls',
  leaks: () => [':endpoint/', ':endpoint-config/', ':model/', ':schedule/'],
  expects: async (run, end) => {
    const command = expect.stringMatching(/^aws sagemaker delete-endpoint --endpoint-name infersweep-/);
    expect(end).toMatchObject({ alive: expect.arrayContaining([expect.objectContaining({ endCommand: command })]) });
    const { reservedUsd } = await (await run.ports(null)).ledger.balance();
    expect(reservedUsd, 'its hold stays').toBeGreaterThan(0);
  },
};

const interrupted: Row = {
  name: 'row 7: an endpoint in Creating, whose run is interrupted, refuses for three minutes, and goes',
  plan: cloudPlan,
  options: () => ({ ...BRIEF, hosting: { start: () => ({ seconds: 200 }) } }),
  exit: exitCodes.interrupted,
  ended: false,
  arrange: (run) =>
    run.world.movers.add((world) => {
      const endpoint = [...world.things.values()].find(({ kind }) => kind === 'endpoint');
      if (endpoint && world.nowMs > endpoint.createdMs + 20_000) run.stopAsked = 'interrupt';
    }),
  expects: (run, end) => {
    expect(end).toMatchObject({ ...DONE, state: 'stopped' });
    expect(run.world.of('endpoint')).toEqual([]);
  },
};

const neverHealthy = async (run: CloudRun, end: unknown, why: string) => {
  expect(end).toMatchObject(DONE);
  expect(await outcomes(run)).toEqual([expect.stringMatching(/ invalid:unhealthy$/)]);
  expect(await reasons(run)).toEqual([expect.stringContaining(why)]);
  expect(calls(run, 'ecs:RunTask'), 'no load').toBe(0);
  expect([...run.world.buckets.get('results')!.keys()].filter((key) => key.startsWith('load/'))).toEqual([]);
};

/** Its launcher is a server of its own for every endpoint. */
function unhealthy(): Row {
  const pings: string[] = [];
  const launcher = async () => {
    const server = createServer((request, response) => {
      pings.push(request.url!);
      response.writeHead(503).end();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { url, ended: () => false, stop: () => new Promise<void>((done) => void server.close(() => done())) };
  };
  return {
    name: 'row 8: a container that answers 503 to SageMaker’s ping gets no load',
    plan: cloudPlan,
    options: () => ({ ...BRIEF, hosting: { start: () => ({ seconds: 15 }), launcher, pingSeconds: 0.1 } }),
    exit: INVALID,
    expects: async (run, end) => {
      await neverHealthy(run, end, 'did not pass the ping health check');
      expect(new Set(pings)).toEqual(new Set(['/ping']));
    },
  };
}

const sickHost: Row = {
  name: 'row 8: a host whose server never gets healthy says so on EC2',
  plan: () => cloudPlan(ON_EC2),
  options: () => ({
    ...BRIEF,
    ec2: { launcher: scriptedHosts(() => ({ readyAfterSeconds: 15, fails: 'no healthy answer within 240 s' })) },
  }),
  exit: INVALID,
  expects: (run, end) => neverHealthy(run, end, 'no healthy answer within 240 s'),
};

export const STARTS: readonly Row[] = [
  ...capacity,
  ...quota,
  failing,
  stuck(),
  immortal,
  interrupted,
  unhealthy(),
  sickHost,
];
