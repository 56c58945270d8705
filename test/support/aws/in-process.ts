/**
 * Calls of this process's SDK clients that reach the loopback AWS without a socket. Two HTTP stacks cost as much as the
 * client and the service together, and hundreds of runs are cut; what is sent, signed and read is the same. What is tried
 * again is tried as often and at once: the world's clock does not see the SDK's pauses.
 */
import { Readable } from 'node:stream';
import { DynamoDB } from '@aws-sdk/client-dynamodb';

/** As on the wire. */
export interface Exchange {
  method: string;
  /** With its query. */
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** Null: the connection breaks before anybody hears of it. */
export type Listener = (exchange: Exchange) => Promise<Answer | null>;

interface SdkRequest {
  method: string;
  hostname: string;
  port?: number;
  path: string;
  query?: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: unknown;
}

type Handle = (request: SdkRequest, o?: { abortSignal?: AbortSignal }) => Promise<{ response: unknown }>;

const listeners = new Map<string, Listener>();

/** By `host:port` of a server that listens, too: other processes come by its socket. */
export async function answerInProcess(authority: string, listener: Listener): Promise<void> {
  await divert();
  listeners.set(authority, listener);
}

export function answerNoMore(authority: string): void {
  listeners.delete(authority);
}

let isDiverted = false;

/** What the SDK's standard strategy asks how long to wait. */
interface Backoff {
  computeNextBackoffDelay(tries: number): number;
}

/** The one class of handlers that all clients have, and of their pauses between tries. */
async function divert(): Promise<void> {
  if (isDiverted) return;
  isDiverted = true;
  const client = new DynamoDB({ region: 'us-east-1' });
  const handler = Object.getPrototypeOf(client.config.requestHandler) as { handle: Handle };
  const strategy = (await client.config.retryStrategy()) as unknown as { retryBackoffStrategy: Backoff };
  (Object.getPrototypeOf(strategy.retryBackoffStrategy) as Backoff).computeNextBackoffDelay = () => 0;
  client.destroy();
  const overSocket = handler.handle;
  handler.handle = function (request, o) {
    const listener = listeners.get(`${request.hostname}:${request.port}`);
    return listener === undefined ? overSocket.call(this, request, o) : exchanged(listener, request, o?.abortSignal);
  };
}

async function exchanged(
  listener: Listener,
  request: SdkRequest,
  signal?: AbortSignal,
): Promise<{ response: unknown }> {
  const { method, headers } = request;
  const answer = await listener({
    method,
    path: request.path + queryOf(request.query),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: await bytesOf(request.body),
  });
  // As the handler would name it.
  if (signal?.aborted) throw Object.assign(new Error('Request aborted'), { name: 'AbortError' });
  if (answer === null) throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  const { status: statusCode, headers: answered, body } = answer;
  return { response: { statusCode, reason: '', headers: answered, body: Readable.from(body.length ? [body] : []) } };
}

/** Null is a key without a value, a list its key once for each. */
function queryOf(query: SdkRequest['query'] = {}): string {
  const parts = Object.entries(query).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) =>
      one === null ? encodeURIComponent(key) : `${encodeURIComponent(key)}=${encodeURIComponent(one)}`,
    ),
  );
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

async function bytesOf(body: unknown): Promise<Buffer> {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as AsyncIterable<string | Uint8Array>) chunks.push(Buffer.from(chunk as string));
  return Buffer.concat(chunks);
}
