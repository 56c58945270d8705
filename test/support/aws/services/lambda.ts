/** Functions are code of the test's own process: the kit's handlers with clients of theirs. */
import type { AwsReply, AwsRequest, Service } from '../service.ts';
import { type AwsWorld, account, type FunctionCode, region, ServiceError } from '../world.ts';
import { accountIn } from './account.ts';

const type = 'application/json';

/** `POST /2015-03-31/functions/NAME/invocations`, `GET /2025-12-01/functions/NAME/durable-executions`. */
export const lambda: Service = {
  iam: 'lambda',
  operationOf: ({ url: { pathname } }) => {
    if (/^\/2015-03-31\/functions\/[^/]+\/invocations$/.test(pathname)) return 'Invoke';
    return /\/functions\/[^/]+\/durable-executions$/.test(pathname) ? 'ListDurableExecutionsByFunction' : 'Unknown';
  },
  answer: (world, operation, request) =>
    operation === 'ListDurableExecutionsByFunction' ? executions(world, request) : invoke(world, operation, request),
  error: ({ code, message, status }) => ({
    status,
    type,
    body: JSON.stringify({ message, Message: message }),
    headers: { 'x-amzn-errortype': code },
  }),
};

export function functionArn(nameOrArn: string): string {
  return nameOrArn.startsWith('arn:') ? nameOrArn : `arn:aws:lambda:${region}:${account}:function:${nameOrArn}`;
}

export function functionIn({ url }: AwsRequest): string {
  return functionArn(decodeURIComponent(url.pathname.split('/')[3] ?? ''));
}

async function invoke(world: AwsWorld, operation: string, request: AwsRequest): Promise<AwsReply> {
  if (operation !== 'Invoke') throw new ServiceError('UnknownOperationException', operation, 404);
  const code = codeOf(world, functionIn(request));
  const event: unknown = JSON.parse(request.body.toString() || 'null');
  if (request.headers['x-amz-invocation-type'] === 'Event') {
    await runAsynchronously(world, functionIn(request), event);
    return { status: 202, type, body: '' };
  }
  try {
    return { status: 200, type, body: JSON.stringify((await code(event)) ?? null) };
  } catch (error) {
    // Invoke, API reference: the call succeeded, the function did not.
    const { name: errorType, message: errorMessage } = error as Error;
    const body = JSON.stringify({ errorType, errorMessage });
    return { status: 200, type, body, headers: { 'x-amz-function-error': 'Unhandled' } };
  }
}

/**
 * Of a function that is not there: ResourceNotFoundException with 404 (API model of @aws-sdk/client-lambda 3.1164.0). For an
 * operation that it does not know Lambda was seen to answer 403 in these words.
 */
function executions(world: AwsWorld, request: AwsRequest): AwsReply {
  if (accountIn(world).durable === 'unknown') {
    throw new ServiceError('AccessDeniedException', 'Unable to determine service/operation name to be authorized', 403);
  }
  codeOf(world, functionIn(request));
  return { status: 200, type, body: JSON.stringify({ DurableExecutions: [] }) };
}

export function codeOf(world: AwsWorld, arn: string): FunctionCode {
  const code = world.functions.get(arn);
  if (!code) throw new ServiceError('ResourceNotFoundException', `Function not found: ${arn}`, 404);
  return code;
}

/** Lambda tries an asynchronous event three times ("Asynchronous invocation", Developer Guide), and then forgets it. */
export async function runAsynchronously(world: AwsWorld, arn: string, event: unknown): Promise<void> {
  const code = codeOf(world, arn);
  for (let attempt = 1; attempt <= 3; attempt++) {
    try {
      await code(event);
      return;
    } catch (error) {
      if (attempt === 3) world.mistakes.push(`${arn} failed three times: ${(error as Error).message}`);
    }
  }
}
