/** What DescribeInferenceRecommendationsJob answers, as far as it is read: AWS may add to it, so other keys pass. */
import * as z from 'zod';
import type { StoppingConditions, TrafficPattern } from './job.ts';

/** `NaN` stands for what is not available; the CLI prints it as it is, the SDK as a number. */
const figure = z.union([z.number(), z.nan(), z.null()]).optional();

/** A moment: text from the CLI, a date from the SDK. */
const moment = z.union([z.string(), z.number(), z.date()]);
export type JobMoment = z.infer<typeof moment>;

const recommendationSchema = z.looseObject({
  RecommendationId: z.string().optional(),
  Metrics: z
    .looseObject({
      CostPerHour: figure,
      CostPerInference: figure,
      MaxInvocations: figure,
      ModelLatency: figure,
      CpuUtilization: figure,
      MemoryUtilization: figure,
    })
    .optional(),
  EndpointConfiguration: z.looseObject({
    EndpointName: z.string().optional(),
    InstanceType: z.string().optional(),
    InitialInstanceCount: figure,
  }),
  ModelConfiguration: z
    .looseObject({
      InferenceSpecificationName: z.string().optional(),
      EnvironmentParameters: z.array(z.looseObject({ Key: z.string(), Value: z.string() })).optional(),
      CompilationJobName: z.string().optional(),
    })
    .optional(),
  InvocationStartTime: moment.optional(),
});
export type JobRecommendation = z.infer<typeof recommendationSchema>;

const phaseSchema = z.looseObject({
  InitialNumberOfUsers: z.number(),
  SpawnRate: z.number(),
  DurationInSeconds: z.number(),
});

const thresholdSchema = z.looseObject({ Percentile: z.string(), ValueInMilliseconds: z.number() });

export const describedJobSchema = z.looseObject({
  JobName: z.string(),
  JobDescription: z.string().optional(),
  JobArn: z.string(),
  Status: z.string(),
  FailureReason: z.string().optional(),
  InputConfig: z
    .looseObject({
      TrafficPattern: z
        .looseObject({
          TrafficType: z.string().optional(),
          Phases: z.array(phaseSchema).optional(),
          Stairs: z
            .looseObject({ DurationInSeconds: z.number(), NumberOfSteps: z.number(), UsersPerStep: z.number() })
            .optional(),
        })
        .optional(),
    })
    .optional(),
  StoppingConditions: z
    .looseObject({
      MaxInvocations: z.number().optional(),
      ModelLatencyThresholds: z.array(thresholdSchema).optional(),
      FlatInvocations: z.string().optional(),
    })
    .optional(),
  InferenceRecommendations: z.array(recommendationSchema).optional(),
});
export type DescribedJob = z.infer<typeof describedJobSchema>;

/** Traffic and stopping conditions in the types of a request; null where the job states no traffic that is known. */
export function requestedTraffic(job: DescribedJob): { traffic: TrafficPattern; stopping: StoppingConditions } | null {
  const { Phases, Stairs } = job.InputConfig?.TrafficPattern ?? {};
  const traffic: TrafficPattern | null = Phases?.length
    ? { TrafficType: 'PHASES', Phases }
    : Stairs
      ? { TrafficType: 'STAIRS', Stairs }
      : null;
  if (traffic === null) return null;
  const { MaxInvocations, ModelLatencyThresholds, FlatInvocations } = job.StoppingConditions ?? {};
  const thresholds = ModelLatencyThresholds?.map(({ Percentile, ValueInMilliseconds }) => ({
    Percentile: Percentile === 'P99' ? ('P99' as const) : ('P95' as const),
    ValueInMilliseconds,
  }));
  return {
    traffic,
    stopping: {
      ...(MaxInvocations === undefined ? {} : { MaxInvocations }),
      ...(thresholds?.length ? { ModelLatencyThresholds: thresholds } : {}),
      FlatInvocations: FlatInvocations === 'Continue' ? 'Continue' : 'Stop',
    },
  };
}

/** A figure that is there; null for NaN and for what is absent. */
export function figureOf(value: number | null | undefined): number | null {
  return value === undefined || value === null || Number.isNaN(value) ? null : value;
}
