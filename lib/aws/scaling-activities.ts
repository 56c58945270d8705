/** What Application Auto Scaling did: the only place that says that a scale-out was refused. */
import type { ApplicationAutoScaling, ServiceNamespace } from '@aws-sdk/client-application-auto-scaling';
import type { ScalingActivity } from '../core/scale/verify/fleet.ts';
import { pages } from './pages.ts';

export async function scalingActivities(
  scaling: Pick<ApplicationAutoScaling, 'describeScalingActivities'>,
  resource: { ServiceNamespace: ServiceNamespace; ResourceId: string },
): Promise<ScalingActivity[]> {
  const all = pages(
    (NextToken) => scaling.describeScalingActivities({ ...resource, NextToken }),
    ({ NextToken }) => NextToken,
  );
  const found: ScalingActivity[] = [];
  for await (const { ScalingActivities = [] } of all) {
    for (const { ActivityId: id = '', StatusCode: status = '', Description, StatusMessage } of ScalingActivities) {
      found.push({ id, status, description: Description ?? '', reason: StatusMessage ?? null });
    }
  }
  return found;
}
