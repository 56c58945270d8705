/**
 * AWS on the loopback interface, for the real SDK clients: requests and answers in each service's own wire shape, errors
 * in its own words. What a service needs is one function; the state is in `loopback-aws-world.ts`.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ec2, ec2Error } from './loopback-aws-ec2.ts';
import { ecs } from './loopback-aws-ecs.ts';
import { sagemaker } from './loopback-aws-sagemaker.ts';
import { scheduler, schedulerOperation } from './loopback-aws-scheduler.ts';
import { AwsWorld, page, ServiceError } from './loopback-aws-world.ts';

interface StackAnswer {
  contentType: string | undefined;
  body: Record<string, string>;
}

export class LoopbackAws {
  readonly world = new AwsWorld();
  /** What was PUT to `responseUrl`, where CloudFormation would take it. */
  readonly stackAnswers: StackAnswer[] = [];
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  static async start(): Promise<LoopbackAws> {
    const aws = new LoopbackAws();
    await new Promise<void>((done) => aws.server.listen(0, '127.0.0.1', done));
    return aws;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get responseUrl(): string {
    return `${this.url}/stack-answer`;
  }

  /** For processes: every client of the SDK reads these. */
  get environment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
  }

  /** For clients made here. No retries: a test wants to see the error that it ordered. */
  get config() {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    return { endpoint: this.url, region: 'us-east-1', credentials, maxAttempts: 1 };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const url = new URL(request.url!, this.url);
    const send = (status: number, type: string, text: string, headers: Record<string, string> = {}) =>
      response.writeHead(status, { 'content-type': type, 'x-amzn-requestid': 'r', ...headers }).end(text);
    if (url.pathname === '/stack-answer') {
      this.stackAnswers.push({ contentType: request.headers['content-type'], body: JSON.parse(body) });
      send(200, 'text/plain', '');
      return;
    }
    const target = request.headers['x-amz-target'] as string | undefined;
    const isEc2 = target === undefined && !url.pathname.startsWith('/schedules');
    try {
      if (isEc2) {
        const form = new URLSearchParams(body);
        this.world.admit(`ec2:${form.get('Action')}`, body);
        send(200, 'text/xml', ec2(this.world, form));
      } else {
        send(200, 'application/json', JSON.stringify(this.json(target, request.method!, url, body)));
      }
    } catch (error) {
      const fault = error instanceof ServiceError ? error : new ServiceError('InternalFailure', String(error), 500);
      if (isEc2) send(fault.status, 'text/xml', ec2Error(fault));
      else {
        const text = JSON.stringify({ __type: fault.code, message: fault.message });
        send(fault.status, 'application/json', text, { 'x-amzn-errortype': fault.code });
      }
    }
  }

  private json(target: string | undefined, method: string, url: URL, text: string): unknown {
    const { world } = this;
    if (target === undefined) {
      const { operation, name } = schedulerOperation(method, url.pathname);
      world.admit(`scheduler:${operation}`, name);
      return scheduler(world, operation, name, url.searchParams);
    }
    const [service, operation] = target.split('.') as [string, string];
    const body = JSON.parse(text);
    switch (service) {
      case 'SageMaker':
        world.admit(`sagemaker:${operation}`, text);
        return sagemaker(world, operation, body);
      case 'AmazonEC2ContainerServiceV20141113':
        world.admit(`ecs:${operation}`, text);
        return ecs(world, operation, body);
      case 'ResourceGroupsTaggingAPI_20170126':
        world.admit(`tag:${operation}`, text);
        return tagged(world, body);
      case 'GraniteServiceVersion20100801':
        world.admit(`cloudwatch:${operation}`, text);
        return metrics(world, body);
      default:
        throw new ServiceError('UnknownOperationException', target);
    }
  }
}

/** Lags behind: what is terminated is still named. Schedules cannot be tagged. */
function tagged(world: AwsWorld, body: { TagFilters: { Key: string }[]; PaginationToken?: string }): unknown {
  const all = world
    .visible()
    .filter(({ kind, tags }) => kind !== 'schedule' && body.TagFilters.every(({ Key }) => tags[Key] !== undefined));
  const { items, next } = page(all, body.PaginationToken);
  const rows = items.map(({ arn, tags }) => ({
    ResourceARN: arn,
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  }));
  return { ResourceTagMappingList: rows, PaginationToken: next ?? '' };
}

interface PutMetricData {
  Namespace: string;
  MetricData: { MetricName: string; Value: number; Dimensions?: { Name: string; Value: string }[] }[];
}

function metrics(world: AwsWorld, { Namespace, MetricData }: PutMetricData): unknown {
  for (const { MetricName, Value, Dimensions } of MetricData) {
    const dimensions = Object.fromEntries((Dimensions ?? []).map((d) => [d.Name, d.Value]));
    world.metrics.push({ namespace: Namespace, name: MetricName, value: Value, dimensions });
  }
  return {};
}
