import { jsonService, unknownOperation } from '../service.ts';
import { page } from '../world.ts';

/** What scaling did, newest first, as its example lists it (DescribeScalingActivities, API reference). */
export const applicationAutoScaling = jsonService(
  'application-autoscaling',
  (world, operation, body: { ServiceNamespace: string; ResourceId?: string; NextToken?: string }) => {
    if (operation !== 'DescribeScalingActivities') throw unknownOperation(operation);
    const all = world.activities.filter(
      (a) => a.ServiceNamespace === body.ServiceNamespace && a.ResourceId === (body.ResourceId ?? a.ResourceId),
    );
    const { items, next } = page(all, body.NextToken);
    return { ScalingActivities: items, NextToken: next };
  },
);
