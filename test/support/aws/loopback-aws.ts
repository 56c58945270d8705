/**
 * AWS on the loopback interface, for the real SDK clients: requests and answers in each service's own wire shape, errors
 * in its own words. A service is one file in `services/`; what exists is in `world.ts`. The credential scope of a request
 * says which service it is for, as it does at AWS, where one endpoint serves them all.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { enforcing, type Policies } from './iam-enforcement.ts';
import { type Answer, answerInProcess, answerNoMore, type Exchange } from './in-process.ts';
import { assertModelled } from './model-validation.ts';
import type { AwsReply, AwsRequest, Service } from './service.ts';
import { applicationAutoScaling } from './services/application-auto-scaling.ts';
import { cloudwatch } from './services/cloudwatch.ts';
import { ec2 } from './services/ec2.ts';
import { ecs } from './services/ecs.ts';
import { elasticLoadBalancing } from './services/elastic-load-balancing.ts';
import { lambda } from './services/lambda.ts';
import { priceList } from './services/pricing.ts';
import { serviceQuotas } from './services/quotas.ts';
import { s3 } from './services/s3.ts';
import { sagemaker } from './services/sagemaker.ts';
import { scheduler } from './services/scheduler.ts';
import { ssm } from './services/ssm.ts';
import { sts } from './services/sts.ts';
import { tagging } from './services/tagging.ts';
import { AwsWorld, ServiceError } from './world.ts';

/** By the service's name in a credential scope. */
export type Services = Record<string, Service>;

/** Those that need nothing but the world; others bring a state of their own and are handed to `start`. */
const ALWAYS: Services = {
  sagemaker,
  ec2,
  ecs,
  scheduler,
  tagging,
  monitoring: cloudwatch,
  elasticloadbalancing: elasticLoadBalancing,
  'application-autoscaling': applicationAutoScaling,
  s3,
  sts,
  ssm,
  lambda,
  servicequotas: serviceQuotas,
  pricing: priceList,
};

/** Looks at every call before its service does; throws the `ServiceError` with which AWS would refuse it. */
export type Gate = (call: { world: AwsWorld; service: Service; operation: string; request: AwsRequest }) => void;

interface StackAnswer {
  contentType: string | undefined;
  body: Record<string, string>;
}

export class LoopbackAws {
  readonly world = new AwsWorld();
  /** What was PUT to `responseUrl`, where CloudFormation would take it. */
  readonly stackAnswers: StackAnswer[] = [];
  readonly gates: Gate[] = [];
  /** Told of every call that was answered, at the moment of its answer. */
  readonly witnesses: ((call: Parameters<Gate>[0], reply: AwsReply) => void)[] = [];
  private enforced: Gate = () => undefined;
  private readonly server: Server;
  private readonly services: Services;
  private readonly doors: Server[] = [];

  /** Whether clients of this process come by no socket. */
  private readonly isInProcess: boolean;

  private constructor(services: Services, isInProcess: boolean) {
    this.services = { ...ALWAYS, ...services };
    this.isInProcess = isInProcess;
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  static async start(services: Services = {}, o: { isInProcess?: boolean } = {}): Promise<LoopbackAws> {
    const aws = new LoopbackAws(services, o.isInProcess ?? false);
    await aws.listen(aws.server, () => true);
    return aws;
  }

  private async listen(server: Server, isOpen: () => boolean): Promise<void> {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    if (!this.isInProcess) return;
    await answerInProcess(authorityOf(server), async (exchange) => (isOpen() ? this.exchange(exchange) : null));
  }

  get url(): string {
    return `http://${authorityOf(this.server)}`;
  }

  /** A way in of one process of its own: once it is shut, what is under way still has its effect, and nothing more comes through. */
  async door(): Promise<{ url: string; shut(): void }> {
    let isOpen = true;
    const server = createServer((request, response) => {
      if (isOpen) void this.serve(request, response);
      else request.socket.destroy();
    });
    await this.listen(server, () => isOpen);
    this.doors.push(server);
    const shut = () => {
      isOpen = false;
    };
    return { url: `http://${authorityOf(server)}`, shut };
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
    return { endpoint: this.url, region: 'us-east-1', credentials, maxAttempts: 1, forcePathStyle: true };
  }

  /** For clients of a role: its session is there already, and does not end. */
  configOf(roleArn: string) {
    const accessKeyId = `session of ${roleArn.split('/').at(-1)}`;
    this.world.sessions.set(accessKeyId, { roleArn, sessionName: 'test', expiresMs: Number.POSITIVE_INFINITY });
    return { ...this.config, credentials: { accessKeyId, secretAccessKey: 'test' } };
  }

  /** From now on every call of a role's session is judged by the role's statements. Called again: by these instead. */
  enforce(policies: Policies): void {
    this.enforced = enforcing(policies);
  }

  async close(): Promise<void> {
    for (const server of [this.server, ...this.doors]) {
      answerNoMore(authorityOf(server));
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const headers = incoming.headers as Record<string, string>;
    const answer = await this.exchange({
      method: incoming.method!,
      path: incoming.url!,
      headers,
      body: Buffer.concat(chunks),
    });
    if (answer === null) incoming.socket.destroy();
    else response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  /** Null: the connection breaks. */
  private async exchange({ method, path, headers, body }: Exchange): Promise<Answer | null> {
    const url = new URL(path, this.url);
    if (url.pathname === '/stack-answer') {
      this.stackAnswers.push({ contentType: headers['content-type'], body: JSON.parse(body.toString()) });
      return { status: 200, headers: {}, body: Buffer.alloc(0) };
    }
    const [, accessKeyId, name] =
      /Credential=([^/]+)\/\d+\/[^/]+\/([^/]+)\/aws4_request/.exec(headers['authorization'] ?? '') ?? [];
    const service = this.services[name ?? ''];
    if (!service) {
      const text = `{"message":"no service ${name}"}`;
      return { status: 400, headers: { 'content-type': 'application/json' }, body: Buffer.from(text) };
    }
    const reply = await this.answer(service, { method, url, headers, body, accessKeyId: accessKeyId ?? null });
    if (reply === 'nothing') return null;
    // The date is the server's word for the time: clients correct theirs by it.
    const date = new Date(this.world.nowMs).toUTCString();
    const answered = { 'content-type': reply.type, date, 'x-amzn-requestid': 'r', ...reply.headers };
    return { status: reply.status, headers: answered, body: Buffer.from(reply.body as string) };
  }

  private async answer(service: Service, request: AwsRequest) {
    try {
      const operation = service.operationOf(request);
      const call = `${service.iam}:${operation}`;
      const fault = this.world.admit(call, request);
      this.judge(service, operation, 'input', request.body);
      for (const gate of [...this.gates, this.enforced]) gate({ world: this.world, service, operation, request });
      const reply = await service.answer(this.world, operation, request);
      for (const witness of this.witnesses) witness({ world: this.world, service, operation, request }, reply);
      this.judge(service, operation, 'output', reply.body);
      return fault?.lost === 'answer' ? ('nothing' as const) : reply;
    } catch (error) {
      const fault = error instanceof ServiceError ? error : new ServiceError('InternalFailure', String(error), 500);
      return service.error(fault);
    }
  }
  /** No call and no answer that the service's own model does not have; what is wrong also stands in `mistakes`. */
  private judge(service: Service, operation: string, side: 'input' | 'output', body: AwsReply['body']): void {
    if (!service.modelled?.(operation)) return;
    assertModelled(this.world, service.iam, operation, side, JSON.parse(body.toString() || '{}'));
  }
}

const authorityOf = (server: Server) => `127.0.0.1:${(server.address() as AddressInfo).port}`;
