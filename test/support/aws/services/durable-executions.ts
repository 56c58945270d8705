/**
 * Durable executions of the loopback Lambda: Invoke with a name starts one, a process of the deployed bundle. Sources:
 * Lambda's API reference (Invoke, ListDurableExecutionsByFunction, GetDurableExecution) and "Execution names and
 * idempotency" of its developer guide.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { AwsReply, AwsRequest, Service } from '../service.ts';
import { type AwsWorld, ServiceError } from '../world.ts';
import { functionArn, lambda } from './lambda.ts';

const child = join(import.meta.dirname, '..', 'durable-child.mjs');
const type = 'application/json';

interface Execution {
  arn: string;
  name: string;
  functionArn: string;
  payload: string;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED';
  startMs: number;
  endMs: number | null;
  result: string | null;
  error: string | null;
}

export interface DurableExecutionsOptions {
  /** Of Node 22 or later. */
  node: string;
  /** Of the function. */
  environment(): Record<string, string>;
  /** Seconds of the loopback in one real second. */
  scale: number;
  /** From the accepted Invoke until a listing shows the execution. @default 5 */
  hiddenSeconds?: number;
}

export class DurableExecutions {
  readonly service: Service;
  /** In the order of their starts. */
  readonly all: Execution[] = [];
  private readonly o: DurableExecutionsOptions;
  private readonly children = new Set<ChildProcess>();

  constructor(o: DurableExecutionsOptions) {
    this.o = o;
    this.service = {
      ...lambda,
      operationOf: (request) => operationOf(request) ?? lambda.operationOf(request),
      answer: (world, operation, request) => this.answer(world, operation, request),
    };
  }

  close(): void {
    for (const running of this.children) running.kill('SIGKILL');
  }

  private answer(world: AwsWorld, operation: string, request: AwsRequest): AwsReply | Promise<AwsReply> {
    const json = (value: unknown): AwsReply => ({ status: 200, type, body: JSON.stringify(value) });
    const [, , , of] = request.url.pathname.split('/').map(decodeURIComponent);
    switch (operation) {
      case 'ListDurableExecutionsByFunction': {
        const name = request.url.searchParams.get('DurableExecutionName');
        const shownMs = world.nowMs - (this.o.hiddenSeconds ?? 5) * 1000;
        const found = this.all.filter(
          (e) => unqualified(e.functionArn) === functionArn(of!) && e.name === name && e.startMs <= shownMs,
        );
        return json({ DurableExecutions: found.map(rowOf) });
      }
      case 'GetDurableExecution': {
        const found = this.all.find(({ arn }) => arn === of);
        if (!found) throw new ServiceError('ResourceNotFoundException', `no execution ${of}`, 404);
        const { payload, result, error } = found;
        const why = error === null ? undefined : { ErrorMessage: error };
        return json({ ...rowOf(found), InputPayload: payload, Result: result ?? undefined, Error: why });
      }
      default: {
        const name = request.headers['x-amz-durable-execution-name'];
        if (operation !== 'Invoke' || name === undefined) return lambda.answer(world, operation, request);
        this.start(world, functionArn(of!), name, request.body.toString());
        return { status: 202, type, body: '' };
      }
    }
  }

  /** The name is the key of idempotency: the same payload again is the same execution. */
  private start(world: AwsWorld, of: string, name: string, payload: string): void {
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) throw new ServiceError('InvalidParameterValueException', name);
    if (unqualified(of) === of) throw new ServiceError('InvalidParameterValueException', `${of} has no version`);
    const known = this.all.find((e) => e.name === name);
    if (known && known.payload !== payload)
      throw new ServiceError('DurableExecutionAlreadyStartedException', name, 409);
    if (known) return;
    const arn = `${of}/durable-execution/${name}/${this.all.length + 1}`;
    const execution: Execution = {
      arn,
      name,
      functionArn: of,
      payload,
      status: 'RUNNING',
      startMs: world.nowMs,
      endMs: null,
      result: null,
      error: null,
    };
    this.all.push(execution);
    const running = spawn(this.o.node, [child, String(this.o.scale), payload], {
      env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', ...this.o.environment() },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.children.add(running);
    let said = '';
    let complained = '';
    running.stdout.on('data', (d: Buffer) => {
      said += d.toString();
    });
    running.stderr.on('data', (d: Buffer) => {
      complained += d.toString();
    });
    running.on('close', () => {
      this.children.delete(running);
      const last = said.trim().split('\n').at(-1) ?? '';
      const end = /^\{"status"/.test(last) ? JSON.parse(last) : { status: 'FAILED', error: complained.slice(-2000) };
      const status = end.status === 'SUCCEEDED' ? 'SUCCEEDED' : 'FAILED';
      const result = status === 'SUCCEEDED' ? JSON.stringify(end.result) : null;
      Object.assign(execution, { status, result, error: end.error ?? null, endMs: world.nowMs });
    });
  }
}

function operationOf({ method, url }: AwsRequest): string | null {
  if (method !== 'GET') return null;
  if (/^\/2025-12-01\/functions\/[^/]+\/durable-executions$/.test(url.pathname))
    return 'ListDurableExecutionsByFunction';
  return /^\/2025-12-01\/durable-executions\/[^/]+$/.test(url.pathname) ? 'GetDurableExecution' : null;
}

/** `arn:…:function:name:3` without its version. */
const unqualified = (arn: string): string => arn.split(':').slice(0, 7).join(':');

function rowOf({ arn, name, functionArn: of, status, startMs, endMs }: Execution) {
  return {
    DurableExecutionArn: arn,
    DurableExecutionName: name,
    FunctionArn: of,
    Status: status,
    StartTimestamp: startMs / 1000,
    EndTimestamp: endMs === null ? undefined : endMs / 1000,
  };
}
