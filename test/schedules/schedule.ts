/** What can go wrong during one run, as data that fast-check makes up and shrinks. */
import fc from 'fast-check';

export type Harm = 'throttled' | 'broken' | 'denied' | 'lost';

export interface ApiFault {
  /** `service:Operation`. */
  call: string;
  harm: Harm;
  /** So many calls pass first. */
  after: number;
  /** null: for ever. */
  times: number | null;
}

export interface Schedule {
  plan: 'sagemaker' | 'ec2' | 'both';
  budgetUsd: number;
  faults: ApiFault[];
  /** Of the n-th endpoint: seconds to InService or to its failure. */
  hosting: { seconds: number; fails: 'capacity' | 'ping' | null }[];
  /** Of the n-th host. */
  hosts: { seconds: number; fails: boolean }[];
  /** Zones without capacity, for so many requests. */
  zones: { zone: 'us-east-1a' | 'us-east-1b'; has: 'insufficient' | 'unsupported'; requests: number }[];
  /** What was created is shown so much later. */
  hiddenSeconds: number;
  /** When EC2 takes an instance back; seconds from the start. */
  spotAt: number | null;
  /** Of the n-th task; null as planned. */
  tasks: ('crash' | 'memory' | 'capacity' | null)[];
  answers: 'good' | 'wrong' | 'none';
  /** Deaths of controllers one after the other: at which write of the journal, and whether it still lands. */
  deaths: { at: number; lands: boolean }[];
  /** Nobody takes it up after its last death. */
  forEver: boolean;
  interruptAt: number | null;
}

const CALLS = [
  ...['CreateModel', 'CreateEndpointConfig', 'CreateEndpoint', 'DescribeEndpoint', 'DescribeEndpointConfig'],
  ...['DeleteEndpoint', 'DeleteEndpointConfig', 'DeleteModel', 'ListEndpoints', 'ListEndpointConfigs', 'ListModels'],
  'ListTags',
].map((operation) => `sagemaker:${operation}`);
const OTHER_CALLS = [
  ...['RunInstances', 'DescribeInstances', 'TerminateInstances'].map((operation) => `ec2:${operation}`),
  ...['RunTask', 'DescribeTasks', 'ListTasks', 'StopTask'].map((operation) => `ecs:${operation}`),
  ...['CreateSchedule', 'DeleteSchedule', 'ListSchedules', 'GetSchedule'].map((operation) => `scheduler:${operation}`),
  ...['GetItem', 'UpdateItem', 'PutItem', 'Query'].map((operation) => `dynamodb:${operation}`),
  ...['GetObject', 'PutObject', 'ListObjectsV2'].map((operation) => `s3:${operation}`),
  ...['logs:GetLogEvents', 'ssm:GetParameters', 'sts:AssumeRole', 'lambda:Invoke'],
];

/** What may stay forbidden and still let everything be found and ended. */
const NOT_NEEDED_TO_END = /^(sagemaker:Create|ec2:RunInstances|ecs:RunTask|scheduler:CreateSchedule|logs:|ssm:)/;

/** Mostly nothing, or little, of each kind: what follows a first fault has to be reached. */
const rarely = <T>(arbitrary: fc.Arbitrary<T>, weight = 1): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight, arbitrary });

const fault: fc.Arbitrary<ApiFault> = fc
  .record({
    call: fc.constantFrom(...CALLS, ...OTHER_CALLS),
    harm: fc.constantFrom<Harm>('throttled', 'broken', 'denied', 'lost'),
    after: fc.oneof(fc.nat(3), fc.nat(25)),
    times: fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 1, max: 4 }) as fc.Arbitrary<number | null> },
      { weight: 2, arbitrary: fc.integer({ min: 5, max: 15 }) },
      { weight: 1, arbitrary: fc.constant(null) },
    ),
  })
  .map((f) => (f.times === null && !NOT_NEEDED_TO_END.test(f.call) ? { ...f, times: 9 } : f));

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  plan: fc.oneof(
    { weight: 4, arbitrary: fc.constant<Schedule['plan']>('sagemaker') },
    { weight: 4, arbitrary: fc.constant<Schedule['plan']>('ec2') },
    { weight: 1, arbitrary: fc.constant<Schedule['plan']>('both') },
  ),
  budgetUsd: fc.oneof(
    { weight: 5, arbitrary: fc.constant(25) },
    { weight: 1, arbitrary: fc.double({ min: 0.05, max: 1, noNaN: true }) },
  ),
  faults: fc.array(fault, { maxLength: 4 }),
  hosting: fc.array(
    fc.record({
      seconds: fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: 60, max: 900 }) },
        { weight: 1, arbitrary: fc.integer({ min: 1700, max: 3000 }) },
      ),
      fails: rarely(fc.constantFrom<'capacity' | 'ping'>('capacity', 'ping'), 2),
    }),
    { maxLength: 3 },
  ),
  hosts: fc.array(fc.record({ seconds: fc.integer({ min: 20, max: 1200 }), fails: fc.boolean() }), { maxLength: 3 }),
  zones: fc.array(
    fc.record({
      zone: fc.constantFrom<'us-east-1a' | 'us-east-1b'>('us-east-1a', 'us-east-1b'),
      has: fc.constantFrom<'insufficient' | 'unsupported'>('insufficient', 'unsupported'),
      requests: fc.integer({ min: 1, max: 4 }),
    }),
    { maxLength: 2 },
  ),
  hiddenSeconds: fc.oneof(fc.constant(0), fc.nat(45)),
  spotAt: rarely(fc.nat(1200)),
  tasks: fc.array(rarely(fc.constantFrom<'crash' | 'memory' | 'capacity'>('crash', 'memory', 'capacity')), {
    maxLength: 4,
  }),
  answers: fc.oneof(
    { weight: 6, arbitrary: fc.constant<Schedule['answers']>('good') },
    { weight: 1, arbitrary: fc.constantFrom<Schedule['answers']>('wrong', 'none') },
  ),
  deaths: fc.array(fc.record({ at: fc.integer({ min: 1, max: 100 }), lands: fc.boolean() }), { maxLength: 3 }),
  forEver: fc.boolean(),
  interruptAt: rarely(fc.nat(1500)),
});
