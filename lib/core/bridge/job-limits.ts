/**
 * What Inference Recommender refuses, as functions: one limit each, with the document that states it. BC: botocore's service
 * model at 0e6e2404; SDK: texts of @aws-sdk/client-sagemaker 3.1142.0; DG: Amazon SageMaker developer guide, 2023-03-16.
 */
import { instanceOf } from '../catalog/instance.ts';
import { type Issue, issue } from '../spec/issue.ts';
import { finalUsers, type JobRequest, type Phase, trafficSeconds } from './job.ts';

type Limit = (job: JobRequest) => Issue[];
type Path = (string | number)[];

/** Half-open ranges do not occur: both ends are allowed. */
function within(path: Path, value: number, least: number, most: number, unit = ''): Issue[] {
  if (Number.isInteger(value) && value >= least && value <= most) return [];
  return [issue(path, `must be a whole number from ${least} to ${most}${unit}, not ${value}`)];
}

const trafficPath: Path = ['InputConfig', 'TrafficPattern'];

/** BC: 1 to 64 letters, digits and inner dashes. */
export const jobName: Limit = ({ JobName }) =>
  /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,63}$/.test(JobName)
    ? []
    : [issue(['JobName'], `must be 1 to 64 letters, digits and inner dashes, not "${JobName}"`)];

/** BC: 128 characters. */
export const description: Limit = ({ JobDescription }) =>
  JobDescription.length <= 128
    ? []
    : [issue(['JobDescription'], `has ${JobDescription.length} characters; 128 at most`)];

/** BC: EndpointConfigurations has 1 to 10 items. */
export const endpointCount: Limit = ({ InputConfig: { EndpointConfigurations } }) =>
  within(['InputConfig', 'EndpointConfigurations'], EndpointConfigurations.length, 1, 10, ' endpoint configurations');

/** BC: 1 to 5 categorical parameters of 1 to 3 values, names of up to 64 and values of up to 128 characters. */
export const environmentRanges: Limit = ({ InputConfig }) =>
  InputConfig.EndpointConfigurations.flatMap(({ EnvironmentParameterRanges: ranges }, i) => {
    if (!ranges) return [];
    const path = [
      'InputConfig',
      'EndpointConfigurations',
      i,
      'EnvironmentParameterRanges',
      'CategoricalParameterRanges',
    ];
    const all = ranges.CategoricalParameterRanges;
    return [
      ...within(path, all.length, 1, 5, ' environment variables'),
      ...all.flatMap(({ Name, Value }, k) => [
        ...within([...path, k, 'Value'], Value.length, 1, 3, ' values'),
        ...(Name.length > 64 ? [issue([...path, k, 'Name'], `"${Name}" has more than 64 characters`)] : []),
        ...Value.flatMap((v, n) =>
          v.length > 128 ? [issue([...path, k, 'Value', n], 'has more than 128 characters')] : [],
        ),
      ]),
    ];
  });

/** DG: t2, which is burstable, is refused. SDK: otherwise any instance type of hosting. */
export const instanceTypes: Limit = ({ InputConfig }) =>
  InputConfig.EndpointConfigurations.flatMap(({ InstanceType }, i) => {
    const path = ['InputConfig', 'EndpointConfigurations', i, 'InstanceType'];
    if (/^ml\.t\d/.test(InstanceType)) return [issue(path, `${InstanceType} is burstable, which the job refuses`)];
    if (!InstanceType.startsWith('ml.')) return [issue(path, `${InstanceType} is not one of SageMaker's`)];
    return instanceOf('sagemaker', InstanceType) ? [] : [issue(path, `${InstanceType} is not known to this kit`)];
  });

/** SDK and DG: 1 to 3 users at first, 0 to 3 more a minute, 120 to 3,600 s. */
export const phases: Limit = ({ InputConfig: { TrafficPattern: traffic } }) =>
  traffic.TrafficType !== 'PHASES'
    ? []
    : [
        ...(traffic.Phases.length === 0 ? [issue([...trafficPath, 'Phases'], 'must not be empty')] : []),
        ...traffic.Phases.flatMap((phase, i) => {
          const path = [...trafficPath, 'Phases', i];
          return [
            ...within(
              [...path, 'InitialNumberOfUsers'],
              phase.InitialNumberOfUsers,
              1,
              i === 0 ? 3 : Number.MAX_SAFE_INTEGER,
            ),
            ...within([...path, 'SpawnRate'], phase.SpawnRate, 0, 3, ' users a minute'),
            ...within([...path, 'DurationInSeconds'], phase.DurationInSeconds, 120, 3600, ' s'),
          ];
        }),
      ];

/** DG, table of errors: a phase starts with as many users as the last ended with, or up to 3 more or fewer. */
export const phaseJumps: Limit = ({ InputConfig: { TrafficPattern: traffic } }) => {
  if (traffic.TrafficType !== 'PHASES') return [];
  return traffic.Phases.slice(1).flatMap((phase, i) => {
    const ended = finalUsers(traffic.Phases[i] as Phase);
    const jump = Math.abs(phase.InitialNumberOfUsers - ended);
    const path = [...trafficPath, 'Phases', i + 1, 'InitialNumberOfUsers'];
    return jump <= 3
      ? []
      : [
          issue(
            path,
            `the phase before ends with ${ended} users: at most 3 from it, not ${phase.InitialNumberOfUsers}`,
          ),
        ];
  });
};

/** SDK: 1 to 3 users a step, one step or more; DG now: 120 to 3,600 s for the whole pattern. */
export const stairs: Limit = ({ InputConfig: { TrafficPattern: traffic } }) => {
  if (traffic.TrafficType !== 'STAIRS') return [];
  const { DurationInSeconds, NumberOfSteps, UsersPerStep } = traffic.Stairs;
  const path = [...trafficPath, 'Stairs'];
  return [
    ...within([...path, 'DurationInSeconds'], DurationInSeconds, 120, 3600, ' s'),
    ...within([...path, 'NumberOfSteps'], NumberOfSteps, 1, Number.MAX_SAFE_INTEGER),
    ...within([...path, 'UsersPerStep'], UsersPerStep, 1, 3),
  ];
};

/** SDK: at most 18,000 s; DG: the traffic must fit. */
export const duration: Limit = ({ InputConfig: { JobDurationInSeconds: seconds, TrafficPattern } }) => {
  const path = ['InputConfig', 'JobDurationInSeconds'];
  const traffic = trafficSeconds(TrafficPattern);
  const fits = seconds >= traffic ? [] : [issue(path, `${seconds} s are shorter than the traffic of ${traffic} s`)];
  return [...within(path, seconds, 1, 18_000, ' s'), ...fits];
};

/** DG: 1 to 10 tests, 1 to 10 of them at a time. */
export const tests: Limit = ({ InputConfig: { ResourceLimit } }) => [
  ...within(['InputConfig', 'ResourceLimit', 'MaxNumberOfTests'], ResourceLimit.MaxNumberOfTests, 1, 10),
  ...within(['InputConfig', 'ResourceLimit', 'MaxParallelOfTests'], ResourceLimit.MaxParallelOfTests, 1, 10),
];

/** DG: 1 to 30,000 requests a minute. BC: exactly one threshold. SDK: P95 for custom load tests. */
export const stopping: Limit = ({ JobType, StoppingConditions: { MaxInvocations, ModelLatencyThresholds } }) => {
  const path = ['StoppingConditions', 'ModelLatencyThresholds'];
  const threshold = ModelLatencyThresholds?.[0];
  return [
    ...(MaxInvocations === undefined
      ? []
      : within(['StoppingConditions', 'MaxInvocations'], MaxInvocations, 1, 30_000, ' requests a minute')),
    ...(ModelLatencyThresholds === undefined ? [] : within(path, ModelLatencyThresholds.length, 1, 1, ' threshold')),
    ...(threshold === undefined
      ? []
      : within([...path, 0, 'ValueInMilliseconds'], threshold.ValueInMilliseconds, 1, 3_600_000, ' ms')),
    ...(JobType === 'Advanced' && threshold?.Percentile === 'P99'
      ? [issue([...path, 0, 'Percentile'], 'a custom load test takes P95 only', { allowed: ['P95'] })]
      : []),
  ];
};

const limits: readonly Limit[] = [
  jobName,
  description,
  endpointCount,
  environmentRanges,
  instanceTypes,
  phases,
  phaseJumps,
  stairs,
  duration,
  tests,
  stopping,
];

/** Everything that the service would refuse, or fail on half an hour later. */
export function jobIssues(job: JobRequest): Issue[] {
  return limits.flatMap((limit) => limit(job));
}
