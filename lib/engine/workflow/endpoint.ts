import type { Body, Endpoint } from '../../core/load/job.ts';
import { inferPath, statsPath } from '../../core/load/requests.ts';
import type { Plan } from '../../core/plan/plan.ts';

/** How the load generator speaks to a deployment of the kit's own server. */
export function endpointOf(plan: Plan, url: string, bodies: Body[]): Endpoint {
  return {
    url,
    method: 'POST',
    path: inferPath,
    headers: { 'content-type': 'application/json' },
    bodies,
    tolerance: plan.model.tolerance,
    statsPath,
  };
}
