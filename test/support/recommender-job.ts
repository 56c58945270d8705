/** A job of Inference Recommender as `aws sagemaker describe-inference-recommendations-job` prints it: source 002's best row. */
interface Recommendation {
  RecommendationId?: string;
  Metrics?: { CostPerHour?: number; CostPerInference?: number; MaxInvocations?: number; ModelLatency?: number };
  EndpointConfiguration: {
    EndpointName?: string;
    VariantName?: string;
    InstanceType?: string;
    InitialInstanceCount?: number;
  };
  ModelConfiguration?: object;
  InvocationStartTime?: string;
}

export function describedJob(o: object = {}) {
  const recommendation: Recommendation = {
    RecommendationId: 'job-1/1',
    Metrics: { CostPerHour: 21.62, CostPerInference: 0.00027, MaxInvocations: 1335, ModelLatency: 499 },
    EndpointConfiguration: {
      EndpointName: 'sm-epc-1',
      VariantName: 'v',
      InstanceType: 'ml.g4dn.2xlarge',
      InitialInstanceCount: 23,
    },
    ModelConfiguration: {},
    InvocationStartTime: '2026-11-20T10:00:00Z',
  };
  return {
    JobName: 'job-1',
    JobDescription: 'infersweep configuration=trt-db experiment=triton-instance-sweep',
    JobType: 'Advanced',
    JobArn: 'arn:aws:sagemaker:us-east-1:123456789012:inference-recommendations-job/job-1',
    Status: 'COMPLETED',
    InputConfig: {
      JobDurationInSeconds: 8100,
      TrafficPattern: {
        TrafficType: 'PHASES',
        Phases: [{ InitialNumberOfUsers: 2, SpawnRate: 2, DurationInSeconds: 1500 }],
      },
    },
    InferenceRecommendations: [recommendation],
    ...o,
  };
}
