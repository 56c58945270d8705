/** How a deployed service is called with the requests of its run, and whether it answers at all. */
import { readFileSync } from 'node:fs';
import type { Endpoint } from '../core/load/job.ts';
import { JsonlError, parseExamples, requestBodies } from '../core/load/requests.ts';
import { errorTotal } from '../core/measure/rules/error-total.ts';
import type { Recommendation } from '../core/recommend/recommendation.ts';
import { askAws, type Service } from './aws-access.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { Kit } from './kit.ts';
import { runJob } from './run-job.ts';

interface Called {
  arn: string;
  /** Origin instead of the one that AWS tells. */
  url?: string;
  /** Requests instead of the promoted run's. */
  inputs?: string;
}

/** @throws CliError without requests, or without a way to the service. */
export async function callableOrThrow(
  kit: Kit,
  { promotion, deploy }: Recommendation,
  service: Service,
  o: Called,
): Promise<Endpoint> {
  const run = promotion === undefined ? null : kit.openRun(promotion.run);
  const inputs = o.inputs === undefined ? ((await run?.store.get('inputs.jsonl')) ?? null) : inputsOrThrow(o.inputs);
  if (inputs === null)
    throw new CliError(
      exitCodes.usage,
      `the requests of ${promotion?.run ?? 'the run'} are not here`,
      'infersweep verify --inputs inputs.jsonl',
    );
  const told = await askAws(() => service.endpoint());
  // A signature is for SageMaker, and nobody else is handed one.
  if (o.url !== undefined && told.signing !== undefined)
    throw new CliError(exitCodes.usage, `${o.arn} is called at SageMaker's runtime alone`, 'infersweep verify');
  const url = o.url ?? told.url;
  if (url === null)
    throw new CliError(
      exitCodes.preflight,
      `${o.arn} answers no plain HTTP, and AWS does not tell the name of its certificate`,
      'infersweep verify --url https://NAME',
    );
  const outputs = String(deploy!.parameters['outputs'] ?? 'all');
  return {
    ...told,
    url,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    bodies: bodiesOrThrow(o.inputs ?? 'inputs.jsonl', inputs, outputs),
    tolerance: { atol: 0, rtol: 0 },
    statsPath: null,
  };
}

function bodiesOrThrow(file: string, inputs: string, outputs: string): Endpoint['bodies'] {
  try {
    return requestBodies(parseExamples(inputs, null), outputs, 1);
  } catch (error) {
    if (!(error instanceof JsonlError)) throw error;
    throw new CliError(exitCodes.usage, `${file}:${error.line}: ${error.message}`);
  }
}

function inputsOrThrow(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliError(exitCodes.usage, `cannot read --inputs ${file}: ${(error as Error).message}`);
  }
}

/** One caller for a second. @throws CliError when not one answer is good: a step of load would tell nothing more. */
export async function assertAnswers(kit: Kit, endpoint: Endpoint, timeoutMs: number): Promise<void> {
  const [segment] = await runJob(kit, {
    schema: 'infersweep.load-job.v1',
    id: `probe-${kit.now().getTime()}`,
    seed: 1,
    timeoutMs,
    maxConnections: 1,
    requestLog: false,
    endpoints: { service: endpoint },
    segments: [{ id: 'probe', endpoint: 'service', shape: { kind: 'closed', users: 1 }, seconds: 1, dropSeconds: 0 }],
  });
  const { requests, errors } = segment!;
  if (requests > errorTotal(errors)) return;
  const classes = Object.entries(errors).flatMap(([name, n]) => (n > 0 ? [name] : []));
  const silent = classes.every((name) => name === 'connect' || name === 'timeout');
  throw new CliError(
    exitCodes.preflight,
    silent
      ? `${endpoint.url} answers nothing within ${timeoutMs / 1000} s (${classes.join(', ')}): a load balancer is reached inside its VPC, by those whom its security group lets in`
      : `${endpoint.url}${endpoint.path} answers nothing but ${classes.join(', ')}`,
    silent
      ? 'infersweep verify, from inside the VPC, or with a longer --timeout'
      : 'infersweep verify --inputs inputs.jsonl, with requests of this model',
  );
}
