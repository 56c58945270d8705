/** How a service of the loopback AWS takes part: which operation a request means, what it answers, and in which shape. */
import { assertModelled } from './model-validation.ts';
import { fromForm, toXml } from './query-protocol.ts';
import { type AwsWorld, ServiceError } from './world.ts';

export interface AwsRequest {
  method: string;
  url: URL;
  headers: Record<string, string | undefined>;
  body: Buffer;
  /** Who signed: access key of the credential scope; null when unsigned. */
  accessKeyId: string | null;
}

export interface AwsReply {
  status: number;
  type: string;
  body: string | Buffer;
  headers?: Record<string, string>;
}

export interface Service {
  /** As IAM spells it: `sagemaker`, `ec2`, `s3`. Calls are noted, and faults ordered, as `iam:Operation`. */
  readonly iam: string;
  /** Bodies are JSON in the members of the service's own model, so they can be judged by it. */
  readonly modelled?: (operation: string) => boolean;
  operationOf(request: AwsRequest): string;
  /** Throws a `ServiceError`. */
  answer(world: AwsWorld, operation: string, request: AwsRequest): AwsReply | Promise<AwsReply>;
  error(error: ServiceError): AwsReply;
}

const jsonReply = (type: string, value: unknown, status = 200): AwsReply => ({
  status,
  type,
  body: JSON.stringify(value ?? {}),
});

function jsonError(type: string, { code, message, status }: ServiceError): AwsReply {
  const reply = jsonReply(type, { __type: code, message, Message: message }, status);
  return { ...reply, headers: { 'x-amzn-errortype': code } };
}

/** AWS JSON 1.0 and 1.1: `x-amz-target: <prefix>.<Operation>`. */
export function jsonService(
  iam: string,
  handle: (world: AwsWorld, operation: string, body: never, request: AwsRequest) => unknown,
): Service {
  const type = 'application/x-amz-json-1.1';
  return {
    iam,
    modelled: () => true,
    operationOf: ({ headers }) => headers['x-amz-target']?.split('.').at(-1) ?? 'Unknown',
    answer: async (world, operation, request) =>
      jsonReply(type, await handle(world, operation, JSON.parse(request.body.toString() || '{}') as never, request)),
    error: (error) => jsonError(type, error),
  };
}

/** REST with JSON bodies: method and path say what is meant. */
export function restService(
  iam: string,
  operationOf: Service['operationOf'],
  handle: (world: AwsWorld, operation: string, request: AwsRequest) => unknown,
): Service {
  const type = 'application/json';
  return {
    iam,
    operationOf,
    answer: async (world, operation, request) => jsonReply(type, await handle(world, operation, request)),
    error: (error) => jsonError(type, error),
  };
}

/**
 * The query protocol, of a service whose model is at hand: forms and XML are its members one by one, so that they are judged by
 * it as JSON is.
 */
export function modelledQueryService(
  iam: string,
  namespace: string,
  handle: (world: AwsWorld, operation: string, body: never, request: AwsRequest) => unknown,
): Service {
  const element = (operation: string, body: string) =>
    `<${operation}Response xmlns="${namespace}"><${operation}Result>${body}</${operation}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></${operation}Response>`;
  return {
    iam,
    operationOf: ({ body }) => new URLSearchParams(body.toString()).get('Action') ?? 'Unknown',
    answer: async (world, operation, request) => {
      const asked = fromForm(new URLSearchParams(request.body.toString()));
      assertModelled(world, iam, operation, 'input', asked);
      // Members that are not there are not undefined on the wire.
      const answer = JSON.parse(JSON.stringify(await handle(world, operation, asked as never, request)));
      assertModelled(world, iam, operation, 'output', answer);
      return { status: 200, type: 'text/xml', body: element(operation, toXml(answer)) };
    },
    error: ({ code, message, status }) => ({
      status,
      type: 'text/xml',
      body: `<ErrorResponse xmlns="${namespace}"><Error><Type>Sender</Type><Code>${code}</Code>${toXml({ Message: message })}</Error><RequestId>r</RequestId></ErrorResponse>`,
    }),
  };
}

/** EC2's query protocol, and STS's: a form in, XML out. `error` differs between the two. */
export function queryService(
  iam: string,
  handle: (world: AwsWorld, form: URLSearchParams, request: AwsRequest) => string | Promise<string>,
  error: (error: ServiceError) => string,
): Service {
  return {
    iam,
    operationOf: ({ body }) => new URLSearchParams(body.toString()).get('Action') ?? 'Unknown',
    answer: async (world, _operation, request) => {
      const body = await handle(world, new URLSearchParams(request.body.toString()), request);
      return { status: 200, type: 'text/xml', body };
    },
    error: (e) => ({ status: e.status, type: 'text/xml', body: error(e) }),
  };
}

export function unknownOperation(operation: string): ServiceError {
  return new ServiceError('UnknownOperationException', operation);
}
