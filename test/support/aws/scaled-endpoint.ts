/** A SageMaker endpoint of the loopback AWS that scales: real servers behind it, with an alarm of a period of a second. */
import type { RunningContainer } from './container-launcher.ts';
import { SagemakerLab } from './sagemaker-lab.ts';
import { ServerFleet, type ServerOptions } from './server-fleet.ts';
import { trackTarget } from './target-tracking.ts';

export interface ScaledEndpointOptions {
  name: string;
  tags: Record<string, string>;
  server: ServerOptions;
  /** Requests per instance and second at which it scales out. */
  targetPerSecond: number;
  maxCapacity: number;
  /** Instances that the account may run. */
  quota: number;
}

export async function scaledEndpoint(o: ScaledEndpointOptions): Promise<SagemakerLab> {
  const fleet = await ServerFleet.start();
  let end = () => {};
  const container: RunningContainer = {
    url: `http://127.0.0.1:${fleet.port}`,
    ended: () => false,
    stop: async () => {
      end();
      fleet.close();
    },
  };
  const lab = await SagemakerLab.start({ launcher: async () => container, start: () => ({ seconds: 60 }) });
  await fleet.add(o.server, true);
  const target = lab.target();
  await target.deploy(lab.request(o.name, { tags: o.tags }));
  lab.world.advance(60);
  const { state } = await target.ready(o.name);
  if (state !== 'ready') throw new Error(`the endpoint is ${state}`);
  const { detail } = lab.world.find('endpoint', o.name)!;
  const { variant } = detail as { variant: { VariantName: string; InitialInstanceCount: number } };
  end = trackTarget(lab.world, {
    ServiceNamespace: 'sagemaker',
    ResourceId: `endpoint/${o.name}/variant/${variant.VariantName}`,
    ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
    MetricName: 'InvocationsPerInstance',
    Threshold: o.targetPerSecond,
    Period: 1,
    EvaluationPeriods: 2,
    maxCapacity: o.maxCapacity,
    take: () => fleet.take(),
    serving: () => fleet.instances.length,
    desired: () => variant.InitialInstanceCount,
    scale: (wanted) => {
      // Refused as a whole, and the endpoint stays in service (capacity model of aws-samples/sample-kokoro-tts-for-ai-agents).
      if (wanted > o.quota)
        return `The account-level service limit is ${o.quota} Instances. (Error Code: ResourceLimitExceeded)`;
      const missing = wanted - fleet.instances.length;
      void Promise.all(Array.from({ length: missing }, () => fleet.add(o.server, true))).then(() => {
        variant.InitialInstanceCount = wanted;
      });
      return null;
    },
  });
  return lab;
}
