import { jsonService } from '../service.ts';

interface PutMetricData {
  Namespace: string;
  MetricData: { MetricName: string; Value: number; Dimensions?: { Name: string; Value: string }[] }[];
}

interface DescribeAlarms {
  AlarmNamePrefix?: string;
}

export const cloudwatch = jsonService('cloudwatch', (world, operation, body: PutMetricData & DescribeAlarms) => {
  if (operation === 'DescribeAlarms') {
    const { AlarmNamePrefix = '' } = body;
    return { MetricAlarms: world.alarms.filter(({ AlarmName }) => AlarmName.startsWith(AlarmNamePrefix)) };
  }
  const { Namespace, MetricData } = body;
  for (const { MetricName, Value, Dimensions } of MetricData) {
    const dimensions = Object.fromEntries((Dimensions ?? []).map((d) => [d.Name, d.Value]));
    world.metrics.push({ namespace: Namespace, name: MetricName, value: Value, dimensions });
  }
  return {};
});
