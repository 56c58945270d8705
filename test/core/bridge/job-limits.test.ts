/** Each limit of Inference Recommender, on both sides of itself. */
import { describe, expect, it } from 'vitest';
import type { JobRequest, TrafficPattern } from '../../../lib/core/bridge/job.ts';
import { jobIssues } from '../../../lib/core/bridge/job-limits.ts';
import { pathText } from '../../../lib/core/spec/issue.ts';

const phases = (...Phases: [users: number, spawn: number, seconds: number][]): TrafficPattern => ({
  TrafficType: 'PHASES',
  Phases: Phases.map(([InitialNumberOfUsers, SpawnRate, DurationInSeconds]) => ({
    InitialNumberOfUsers,
    SpawnRate,
    DurationInSeconds,
  })),
});
const stairs = (DurationInSeconds: number, NumberOfSteps: number, UsersPerStep: number): TrafficPattern => ({
  TrafficType: 'STAIRS',
  Stairs: { DurationInSeconds, NumberOfSteps, UsersPerStep },
});

function job(o: Partial<JobRequest> = {}, input: Partial<JobRequest['InputConfig']> = {}): JobRequest {
  return {
    JobName: 'infersweep-trt-db-12345678',
    JobType: 'Advanced',
    RoleArn: 'arn:aws:iam::123456789012:role/recommender',
    JobDescription: 'infersweep',
    InputConfig: {
      ModelPackageVersionArn: 'arn:aws:sagemaker:us-east-1:123456789012:model-package/g/1',
      JobDurationInSeconds: 7200,
      TrafficPattern: phases([2, 2, 1500]),
      ResourceLimit: { MaxNumberOfTests: 3, MaxParallelOfTests: 1 },
      EndpointConfigurations: [{ InstanceType: 'ml.g4dn.xlarge' }],
      ...input,
    },
    StoppingConditions: {
      MaxInvocations: 30_000,
      ModelLatencyThresholds: [{ Percentile: 'P95', ValueInMilliseconds: 500 }],
    },
    Tags: [],
    ...o,
  };
}

const at = (request: JobRequest) => jobIssues(request).map(({ path }) => pathText(path));
const endpoints = (n: number) => Array.from({ length: n }, () => ({ InstanceType: 'ml.g4dn.xlarge' }));
const variables = (n: number, values: number, length = 1) => [
  {
    InstanceType: 'ml.g4dn.xlarge',
    EnvironmentParameterRanges: {
      CategoricalParameterRanges: Array.from({ length: n }, (_, i) => ({
        Name: `V${i}`,
        Value: Array.from({ length: values }, () => 'x'.repeat(length)),
      })),
    },
  },
];

describe('jobIssues', () => {
  it.each<[string, JobRequest]>([
    ['source 002', job()],
    ['ten endpoint configurations', job({}, { EndpointConfigurations: endpoints(10) })],
    ['five variables of three values', job({}, { EndpointConfigurations: variables(5, 3, 128) })],
    [
      'the longest phase, exactly as long as the job',
      job({}, { TrafficPattern: phases([3, 3, 3600]), JobDurationInSeconds: 3600 }),
    ],
    ['the shortest phase that adds nobody', job({}, { TrafficPattern: phases([1, 0, 120]) })],
    ['phases that join', job({}, { TrafficPattern: phases([1, 3, 120], [10, 0, 120], [7, 0, 120]) })],
    ['the largest stairs', job({}, { TrafficPattern: stairs(3600, 30, 3) })],
    ['a job of five hours', job({}, { JobDurationInSeconds: 18_000 })],
    ['ten tests at a time', job({}, { ResourceLimit: { MaxNumberOfTests: 10, MaxParallelOfTests: 10 } })],
    ['no stopping conditions', job({ StoppingConditions: {} })],
    [
      'P99 in a default job',
      job({
        JobType: 'Default',
        StoppingConditions: { ModelLatencyThresholds: [{ Percentile: 'P99', ValueInMilliseconds: 1 }] },
      }),
    ],
    ['a name of 64', job({ JobName: 'a'.repeat(64) })],
  ])('lets %s pass', (_, request) => {
    expect(jobIssues(request)).toEqual([]);
  });

  const input = 'InputConfig';
  const traffic = `${input}.TrafficPattern`;
  it.each<[string, JobRequest, string[]]>([
    ['a name of 65', job({ JobName: 'a'.repeat(65) }), ['JobName']],
    ['a name with a dot', job({ JobName: 'a.b' }), ['JobName']],
    ['a long description', job({ JobDescription: 'x'.repeat(129) }), ['JobDescription']],
    ['no endpoint configuration', job({}, { EndpointConfigurations: [] }), [`${input}.EndpointConfigurations`]],
    [
      'eleven endpoint configurations',
      job({}, { EndpointConfigurations: endpoints(11) }),
      [`${input}.EndpointConfigurations`],
    ],
    [
      'six variables',
      job({}, { EndpointConfigurations: variables(6, 1) }),
      [`${input}.EndpointConfigurations[0].EnvironmentParameterRanges.CategoricalParameterRanges`],
    ],
    [
      'four values',
      job({}, { EndpointConfigurations: variables(1, 4) }),
      [`${input}.EndpointConfigurations[0].EnvironmentParameterRanges.CategoricalParameterRanges[0].Value`],
    ],
    [
      'a long value',
      job({}, { EndpointConfigurations: variables(1, 1, 129) }),
      [`${input}.EndpointConfigurations[0].EnvironmentParameterRanges.CategoricalParameterRanges[0].Value[0]`],
    ],
    [
      'a burstable type',
      job({}, { EndpointConfigurations: [{ InstanceType: 'ml.t2.medium' }] }),
      [`${input}.EndpointConfigurations[0].InstanceType`],
    ],
    [
      'a type of EC2',
      job({}, { EndpointConfigurations: [{ InstanceType: 'g4dn.xlarge' }] }),
      [`${input}.EndpointConfigurations[0].InstanceType`],
    ],
    [
      'a type that hosting lacks',
      job({}, { EndpointConfigurations: [{ InstanceType: 'ml.m7g.large' }] }),
      [`${input}.EndpointConfigurations[0].InstanceType`],
    ],
    ['no user', job({}, { TrafficPattern: phases([0, 1, 120]) }), [`${traffic}.Phases[0].InitialNumberOfUsers`]],
    [
      'four users at first',
      job({}, { TrafficPattern: phases([4, 1, 120]) }),
      [`${traffic}.Phases[0].InitialNumberOfUsers`],
    ],
    ['four users a minute', job({}, { TrafficPattern: phases([1, 4, 120]) }), [`${traffic}.Phases[0].SpawnRate`]],
    ['half a user a minute', job({}, { TrafficPattern: phases([1, 0.5, 120]) }), [`${traffic}.Phases[0].SpawnRate`]],
    ['a phase of 119 s', job({}, { TrafficPattern: phases([1, 1, 119]) }), [`${traffic}.Phases[0].DurationInSeconds`]],
    [
      'a phase of 3601 s',
      job({}, { TrafficPattern: phases([1, 1, 3601]) }),
      [`${traffic}.Phases[0].DurationInSeconds`],
    ],
    ['no phase', job({}, { TrafficPattern: phases() }), [`${traffic}.Phases`]],
    [
      'a jump between phases',
      job({}, { TrafficPattern: phases([1, 3, 120], [11, 0, 120]) }),
      [`${traffic}.Phases[1].InitialNumberOfUsers`],
    ],
    ['four users a step', job({}, { TrafficPattern: stairs(600, 5, 4) }), [`${traffic}.Stairs.UsersPerStep`]],
    ['no step', job({}, { TrafficPattern: stairs(600, 0, 1) }), [`${traffic}.Stairs.NumberOfSteps`]],
    [
      'stairs of an hour and a second',
      job({}, { TrafficPattern: stairs(3601, 5, 1) }),
      [`${traffic}.Stairs.DurationInSeconds`],
    ],
    ['a job of 18001 s', job({}, { JobDurationInSeconds: 18_001 }), [`${input}.JobDurationInSeconds`]],
    ['a job shorter than its traffic', job({}, { JobDurationInSeconds: 1499 }), [`${input}.JobDurationInSeconds`]],
    [
      'eleven tests',
      job({}, { ResourceLimit: { MaxNumberOfTests: 11, MaxParallelOfTests: 11 } }),
      [`${input}.ResourceLimit.MaxNumberOfTests`, `${input}.ResourceLimit.MaxParallelOfTests`],
    ],
    [
      '30,001 requests a minute',
      job({ StoppingConditions: { MaxInvocations: 30_001 } }),
      ['StoppingConditions.MaxInvocations'],
    ],
    [
      'no threshold in the list',
      job({ StoppingConditions: { ModelLatencyThresholds: [] } }),
      ['StoppingConditions.ModelLatencyThresholds'],
    ],
    [
      'P99 in a load test',
      job({ StoppingConditions: { ModelLatencyThresholds: [{ Percentile: 'P99', ValueInMilliseconds: 1 }] } }),
      ['StoppingConditions.ModelLatencyThresholds[0].Percentile'],
    ],
    [
      'a threshold of 0 ms',
      job({ StoppingConditions: { ModelLatencyThresholds: [{ Percentile: 'P95', ValueInMilliseconds: 0 }] } }),
      ['StoppingConditions.ModelLatencyThresholds[0].ValueInMilliseconds'],
    ],
  ])('refuses %s, saying where', (_, request, paths) => {
    expect(at(request)).toEqual(paths);
  });

  it('refuses a variable’s name of 65 characters', () => {
    const long = variables(1, 1);
    long[0]!.EnvironmentParameterRanges.CategoricalParameterRanges[0]!.Name = 'N'.repeat(65);
    expect(at(job({}, { EndpointConfigurations: long }))).toEqual([
      `${input}.EndpointConfigurations[0].EnvironmentParameterRanges.CategoricalParameterRanges[0].Name`,
    ]);
  });
});
