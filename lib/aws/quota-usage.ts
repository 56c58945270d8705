/** What of a quota is taken now: Service Quotas itself does not say. */
import type { EC2 } from '@aws-sdk/client-ec2';
import type { SageMaker } from '@aws-sdk/client-sagemaker';
import { type QuotaKey, quotaOf } from '../core/catalog/quota.ts';
import { pages } from './pages.ts';
import { isNamed, unless } from './reap/kind-adapter.ts';

export type EndpointsApi = Pick<SageMaker, 'listEndpoints' | 'describeEndpoint' | 'describeEndpointConfig'>;
export type InstancesApi = Pick<EC2, 'describeInstances'>;

/** Two calls for each endpoint: beyond this many, counting would take longer than it is worth. */
const MOST_ENDPOINTS = 200;

/** Instances of each type under endpoints of the account and region; null where there are too many to count. */
export async function endpointInstances(api: EndpointsApi): Promise<Map<string, number> | null> {
  const names: string[] = [];
  const all = pages(
    (NextToken) => api.listEndpoints({ NextToken }),
    ({ NextToken }) => NextToken,
  );
  for await (const { Endpoints } of all) {
    for (const { EndpointName } of Endpoints ?? []) names.push(EndpointName!);
    if (names.length > MOST_ENDPOINTS) return null;
  }
  const used = new Map<string, number>();
  for (const EndpointName of names) {
    // It may go while we count.
    const endpoint = await unless(isAbsent, null, () => api.describeEndpoint({ EndpointName }));
    if (!endpoint) continue;
    const { EndpointConfigName } = endpoint;
    const config = await unless(isAbsent, null, () => api.describeEndpointConfig({ EndpointConfigName }));
    for (const variant of config?.ProductionVariants ?? []) {
      if (variant.InstanceType === undefined) continue;
      const live = endpoint.ProductionVariants?.find(({ VariantName }) => VariantName === variant.VariantName);
      const count = live?.DesiredInstanceCount ?? live?.CurrentInstanceCount ?? variant.InitialInstanceCount ?? 0;
      used.set(variant.InstanceType, (used.get(variant.InstanceType) ?? 0) + count);
    }
  }
  return used;
}

/** Virtual CPUs of pending and running instances, by the name of the quota that they count against. */
export async function instanceVcpus(api: InstancesApi): Promise<Map<string, number>> {
  const Filters = [{ Name: 'instance-state-name', Values: ['pending', 'running'] }];
  const used = new Map<string, number>();
  const all = pages(
    (NextToken) => api.describeInstances({ Filters, NextToken }),
    ({ NextToken }) => NextToken,
  );
  for await (const { Reservations } of all) {
    for (const { InstanceType, InstanceLifecycle, CpuOptions } of (Reservations ?? []).flatMap(
      (r) => r.Instances ?? [],
    )) {
      const key = InstanceType && quotaOf('ec2', InstanceType, InstanceLifecycle === 'spot' ? 'spot' : 'on-demand');
      if (!key) continue;
      const vcpus = (CpuOptions?.CoreCount ?? 0) * (CpuOptions?.ThreadsPerCore ?? 1);
      used.set(key.name, (used.get(key.name) ?? 0) + vcpus);
    }
  }
  return used;
}

/** How much of the key is in use, from the two counts; null where it was not counted. */
export function inUseOf(
  key: QuotaKey,
  counted: { instances: Map<string, number> | null; vcpus: Map<string, number> | null },
): number | null {
  if (key.service === 'fargate') return null;
  if (key.service === 'ec2') return counted.vcpus && (counted.vcpus.get(key.name) ?? 0);
  return counted.instances && (counted.instances.get(key.name.split(' ')[0]!) ?? 0);
}

/** SageMaker's "not found" is a ValidationException; only its words tell it apart (BentoML #504). */
function isAbsent(error: unknown): boolean {
  return isNamed(error, 'ValidationException') && /^Could not find /.test(error.message);
}
