/** A job of SageMaker Inference Recommender, as CreateInferenceRecommendationsJob takes it: AWS's own names and units. */

export interface Phase {
  InitialNumberOfUsers: number;
  /** Users a minute. */
  SpawnRate: number;
  DurationInSeconds: number;
}

export interface Stairs {
  /** Of the whole pattern; a step is this over `NumberOfSteps`. */
  DurationInSeconds: number;
  NumberOfSteps: number;
  UsersPerStep: number;
}

/** A user sends its next request when the last is answered. */
export type TrafficPattern = { TrafficType: 'PHASES'; Phases: Phase[] } | { TrafficType: 'STAIRS'; Stairs: Stairs };

export interface StoppingConditions {
  /** Requests a minute. */
  MaxInvocations?: number;
  ModelLatencyThresholds?: { Percentile: 'P95' | 'P99'; ValueInMilliseconds: number }[];
  /** Whether the test ends when the rate peaks and flattens; AWS's default is `Stop`. */
  FlatInvocations?: 'Stop' | 'Continue';
}

export interface CategoricalParameter {
  Name: string;
  Value: string[];
}

export interface EndpointConfiguration {
  InstanceType: string;
  InferenceSpecificationName?: string;
  EnvironmentParameterRanges?: { CategoricalParameterRanges: CategoricalParameter[] };
}

export interface JobRequest {
  JobName: string;
  JobType: 'Default' | 'Advanced';
  RoleArn: string;
  JobDescription: string;
  InputConfig: {
    ModelPackageVersionArn: string;
    JobDurationInSeconds: number;
    TrafficPattern: TrafficPattern;
    ResourceLimit: { MaxNumberOfTests: number; MaxParallelOfTests: number };
    EndpointConfigurations: EndpointConfiguration[];
  };
  StoppingConditions: StoppingConditions;
  Tags: { Key: string; Value: string }[];
}

/** Length of the traffic, without deployment. */
export function trafficSeconds(traffic: TrafficPattern): number {
  if (traffic.TrafficType === 'STAIRS') return traffic.Stairs.DurationInSeconds;
  return traffic.Phases.reduce((sum, { DurationInSeconds }) => sum + DurationInSeconds, 0);
}

/** Users at the end of a phase. */
export function finalUsers({ InitialNumberOfUsers, SpawnRate, DurationInSeconds }: Phase): number {
  return InitialNumberOfUsers + (SpawnRate * DurationInSeconds) / 60;
}

/** Most users at a time. */
export function peakUsers(traffic: TrafficPattern): number {
  if (traffic.TrafficType === 'STAIRS') return traffic.Stairs.NumberOfSteps * traffic.Stairs.UsersPerStep;
  return Math.max(...traffic.Phases.map(finalUsers));
}
