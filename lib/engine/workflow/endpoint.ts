import { freshInputs } from '../../core/load/fresh-inputs.ts';
import type { Endpoint } from '../../core/load/job.ts';
import {
  type Example,
  inferPath,
  parseExamples,
  requestBodies,
  statsPath,
  utilisationPath,
} from '../../core/load/requests.ts';
import { MIN_PAIRS } from '../../core/measure/rules/cache-hit.ts';
import type { Plan } from '../../core/plan/plan.ts';
import type { EnginePorts } from '../ports.ts';
import type { Live } from './bring-up.ts';
import { findDeployment, readText } from './documents.ts';

/** How the load generator speaks to one deployment of the kit's own server, and with which requests. */
export async function endpointOf(
  ports: EnginePorts,
  plan: Plan,
  { id, url, access }: Pick<Live, 'id' | 'access'> & { url: string },
): Promise<Endpoint> {
  const examples = await examplesOf(ports, plan);
  return {
    url,
    method: 'POST',
    path: access?.path ?? inferPath,
    ...(access === null ? {} : { signing: access.signing }),
    headers: { 'content-type': 'application/json' },
    bodies: bodiesOf(plan, id, examples),
    tolerance: plan.model.tolerance,
    // Behind another front there is no way to the server's own figures.
    ...(access === null ? { statsPath, utilisationPath } : { statsPath: null }),
  };
}

const REPEATED_INPUTS = MIN_PAIRS + 1;

/** The same endpoint with inputs that nobody has sent yet, each twice in a row; null where too few can be made. */
export async function repeatsOf(
  ports: EnginePorts,
  plan: Plan,
  { id, endpoint }: { id: string; endpoint: Endpoint },
): Promise<Endpoint | null> {
  const fresh = freshInputs(await examplesOf(ports, plan), REPEATED_INPUTS);
  if (fresh.length < MIN_PAIRS) return null;
  const examples = fresh.map((inputs, i) => ({ id: `fresh-${i}`, inputs, expected: null }));
  return { ...endpoint, bodies: bodiesOf(plan, id, examples).flatMap((body) => [body, body]) };
}

async function examplesOf(ports: EnginePorts, { model }: Plan): Promise<Example[]> {
  const golden = model.golden === null ? null : await readText(ports, 'golden.jsonl');
  return parseExamples(await readText(ports, 'inputs.jsonl'), golden);
}

function bodiesOf(plan: Plan, id: string, examples: readonly Example[]): Endpoint['bodies'] {
  const outputs = String(findDeployment(plan, id).configuration.parameters['outputs'] ?? 'all');
  return requestBodies(examples, outputs, plan.itemsPerRequest);
}
