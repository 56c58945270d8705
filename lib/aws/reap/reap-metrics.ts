import type { CloudWatch } from '@aws-sdk/client-cloudwatch';

export type CloudWatchApi = Pick<CloudWatch, 'putMetricData'>;

/** Every published metric costs about 0.30 USD a month, so there are two: what the alarm watches, and what is open. */
export async function publishPass(
  api: CloudWatchApi,
  { namespace, guard, leaked, pending }: { namespace: string; guard: string; leaked: number; pending: number },
): Promise<void> {
  const Dimensions = [{ Name: 'Guard', Value: guard }];
  await api.putMetricData({
    Namespace: namespace,
    MetricData: [
      { MetricName: 'Leaked', Value: leaked, Unit: 'Count', Dimensions },
      { MetricName: 'Pending', Value: pending, Unit: 'Count', Dimensions },
    ],
  });
}
