import type { Endpoint } from '../../core/load/job.ts';
import { inferPath, parseExamples, requestBodies, statsPath } from '../../core/load/requests.ts';
import type { Plan } from '../../core/plan/plan.ts';
import type { EnginePorts } from '../ports.ts';
import { findDeployment, readText } from './documents.ts';

/** How the load generator speaks to one deployment of the kit's own server, and with which requests. */
export async function endpointOf(ports: EnginePorts, plan: Plan, id: string, url: string): Promise<Endpoint> {
  const golden = plan.model.golden === null ? null : await readText(ports, 'golden.jsonl');
  const examples = parseExamples(await readText(ports, 'inputs.jsonl'), golden);
  const outputs = String(findDeployment(plan, id).configuration.parameters['outputs'] ?? 'all');
  return {
    url,
    method: 'POST',
    path: inferPath,
    headers: { 'content-type': 'application/json' },
    bodies: requestBodies(examples, outputs, plan.itemsPerRequest),
    tolerance: plan.model.tolerance,
    statsPath,
  };
}
