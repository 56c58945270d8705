/** A SageMaker endpoint in production. */
import type { ProductionService, ProductionServiceClients } from './production-service.ts';
import { scaleOutAlarms } from './scale-out-alarms.ts';
import { scalingActivities } from './scaling-activities.ts';

/** What `SageMakerVariantInvocationsPerInstance` is called in CloudWatch (SageMaker guide, "Metrics for monitoring"). */
const PER_INSTANCE = 'InvocationsPerInstance';

export function productionEndpoint(
  { sagemaker, cloudwatch, scaling }: ProductionServiceClients,
  { name, region, runtimeUrl }: { name: string; region: string; runtimeUrl: string | undefined },
): ProductionService {
  const variants = async () => (await sagemaker.describeEndpoint({ EndpointName: name })).ProductionVariants ?? [];
  return {
    endpoint: async () => ({
      url: runtimeUrl ?? `https://runtime.sagemaker.${region}.amazonaws.com`,
      path: `/endpoints/${encodeURIComponent(name)}/invocations`,
      signing: { service: 'sagemaker', region },
    }),
    fleet: async () => {
      const all = await variants();
      const current = all.reduce((sum, v) => sum + (v.CurrentInstanceCount ?? 0), 0);
      const desired = all.reduce((sum, v) => sum + (v.DesiredInstanceCount ?? v.CurrentInstanceCount ?? 0), 0);
      return { desired, running: current, instances: current };
    },
    alarms: () => scaleOutAlarms(cloudwatch, { prefix: `TargetTracking-endpoint/${name}/`, metric: PER_INSTANCE }),
    activities: async () => {
      const found = (await variants()).map(({ VariantName }) =>
        scalingActivities(scaling, {
          ServiceNamespace: 'sagemaker',
          ResourceId: `endpoint/${name}/variant/${VariantName}`,
        }),
      );
      return (await Promise.all(found)).flat();
    },
  };
}
