/** `POST /endpoints/NAME/invocations`: bytes to the container behind the endpoint and back. */
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AwsReply, AwsRequest } from '../service.ts';
import { type AwsWorld, account, region, ServiceError } from '../world.ts';
import type { SagemakerHosting } from './sagemaker-hosting.ts';

/** `BodyBlob` of the runtime's model has at most 6 MiB (aws.md §2.2). */
const MAXIMUM_BYTES = 6_291_456;
/** A container has 60 s (aws.md §2.2). */
const TIMEOUT_MS = 60_000;

/** Sockets to containers stay open: a new one for each request would be most of its time. */
const agent = new Agent({ keepAlive: true, noDelay: true });

/** Name of the endpoint that a request is for; null when it is for SageMaker itself. */
export function invokedEndpoint({ url }: AwsRequest): string | null {
  const name = /^\/endpoints\/([^/]+)\/invocations$/.exec(url.pathname)?.[1];
  return name === undefined ? null : decodeURIComponent(name);
}

export async function invoke(hosting: SagemakerHosting, world: AwsWorld, request: AwsRequest): Promise<AwsReply> {
  const name = invokedEndpoint(request)!;
  const endpoint = world.find('endpoint', name);
  const url = hosting.urlOf(name);
  // The runtime's class is ValidationError, not SageMaker's ValidationException; also while it is not yet in service.
  if (endpoint?.status !== 'InService' || url === null) {
    throw new ServiceError('ValidationError', `Endpoint ${name} of account ${account} not found.`);
  }
  if (request.body.length > MAXIMUM_BYTES) {
    throw new ServiceError(
      'RequestEntityTooLargeException',
      `HTTP content length exceeded ${MAXIMUM_BYTES} bytes.`,
      413,
    );
  }
  try {
    const { status, type, body } = await pass(`${url}/invocations`, request);
    if (status < 300) return { status, type, body, headers: { 'x-amzn-invoked-production-variant': 'AllTraffic' } };
    return modelError(name, status, body.toString());
  } catch {
    return modelError(name, 500, '');
  }
}

/** 424 with what the container said (ModelError, runtime API reference). */
function modelError(name: string, status: number, said: string): AwsReply {
  const LogStreamArn = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#logEventViewer:group=/aws/sagemaker/Endpoints/${name}`;
  const kind = status < 500 ? 'client' : 'server';
  const Message = `Received ${kind} error (${status}) from primary with message "${said}". See ${LogStreamArn} in account ${account} for more information.`;
  return {
    status: 424,
    type: 'application/json',
    body: JSON.stringify({ LogStreamArn, Message, OriginalMessage: said, OriginalStatusCode: status }),
    headers: { 'x-amzn-errortype': 'ModelError' },
  };
}

/** Only the headers that SageMaker hands on. */
function pass(url: string, { headers, body }: AwsRequest): Promise<AwsReply & { body: Buffer }> {
  return new Promise((resolve, reject) => {
    const handed = {
      'content-type': headers['content-type'] ?? 'application/json',
      accept: headers['accept'] ?? '*/*',
      'content-length': String(body.length),
    };
    const sent = httpRequest(url, { method: 'POST', agent, headers: handed, timeout: TIMEOUT_MS }, (answer) => {
      collect(answer).then(
        (content) =>
          resolve({
            status: answer.statusCode!,
            type: answer.headers['content-type'] ?? 'application/json',
            body: content,
          }),
        reject,
      );
    });
    sent.on('timeout', () => sent.destroy(new Error('timeout')));
    sent.on('error', reject);
    sent.end(body);
  });
}

async function collect(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
