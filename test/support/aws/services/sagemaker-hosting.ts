/** How models, configurations and endpoints come and go: what is refused, how long it takes, what runs behind. */
import { ProductionVariantInstanceType } from '@aws-sdk/client-sagemaker';
import type { ContainerLauncher, RunningContainer } from '../container-launcher.ts';
import { type AwsWorld, account, region, ServiceError, type Thing } from '../world.ts';
import { absent, type Container, type EndpointDetail, type HostingKind, type Variant } from './sagemaker-shapes.ts';

/** How the start of one endpoint goes. */
export interface Start {
  /** Seconds from the accepted create to InService, or to Failed; for ever when null: stuck. */
  seconds: number | null;
  /** Ends in Failed, and why. */
  failureReason?: string;
  /** What its container has written by then. */
  logs?: readonly string[];
}

export interface SagemakerHostingOptions {
  /** @default 240 s to InService for every endpoint */
  start?: (endpoint: string, variant: Variant) => Start;
  /** What was created is shown to nobody for so long. @default 0 */
  hiddenSeconds?: number;
  /** Instances by type over all endpoints; unbounded where not named. */
  quota?: Record<string, number>;
  /** Starts what the image would run. @default nothing runs, and every ping is answered */
  launcher?: ContainerLauncher;
  /** Folder with the objects below an address in S3. */
  modelFolder?: (s3Uri: string) => string;
  /** Real seconds that a container gets to answer its first ping. @default 20 */
  pingSeconds?: number;
}

/**
 * An endpoint that changes refuses deletion (amazon-sagemaker-examples #3432), and one that is being deleted refuses the
 * next call the same way.
 */
const IN_PROGRESS = ['Creating', 'Updating', 'SystemUpdating', 'RollingBack'];

/** FailureReason of an endpoint whose container never answered 200 within its startup timeout. */
const PING = 'did not pass the ping health check. Please check CloudWatch logs for this endpoint.';

interface Behind {
  started: Promise<RunningContainer | null>;
  /** null while it is being started. */
  container: RunningContainer | 'unhealthy' | null;
}

export class SagemakerHosting {
  readonly options: SagemakerHostingOptions;
  /** Lines of each endpoint's container: its log stream. */
  readonly logs = new Map<string, { timestamp: number; message: string }[]>();
  private readonly behind = new Map<string, Behind>();

  constructor(options: SagemakerHostingOptions = {}) {
    this.options = options;
  }

  async create(
    world: AwsWorld,
    kind: HostingKind,
    name: string,
    body: object,
    tags: Record<string, string>,
  ): Promise<Thing> {
    const existing = [...world.things.values()].find((t) => t.kind === kind && t.name === name);
    // Its words in sagemaker-python-sdk #101 and terraform-provider-aws #40080; the name counts as taken while it is deleted.
    if (existing) {
      const words = kind === 'endpoint-config' ? 'endpoint configuration' : kind;
      throw new ServiceError('ValidationException', `Cannot create already existing ${words} "${existing.arn}".`);
    }
    const visibleFromMs = world.nowMs + (this.options.hiddenSeconds ?? 0) * 1000;
    if (kind === 'endpoint-config') for (const variant of variantsIn(body)) this.check(world, variant);
    if (kind !== 'endpoint') return world.add(kind, name, { tags, visibleFromMs, detail: { ...body } });
    return this.createEndpoint(world, name, (body as EndpointDetail).EndpointConfigName, { tags, visibleFromMs });
  }

  /** Refused while it changes; otherwise accepted, and listed as Deleting until it is gone. */
  remove(world: AwsWorld, thing: Thing): unknown {
    if (thing.kind === 'endpoint') {
      if (IN_PROGRESS.includes(thing.status)) {
        throw new ServiceError('ValidationException', `Cannot update in-progress endpoint "${thing.arn}".`);
      }
      world.end(thing, 'Deleting');
      void this.stop(thing.name);
      return {};
    }
    // AWS lets it happen; an update of the endpoint, or its end, then fails.
    const run = thing.tags['infersweep:run'];
    const above = world.of('endpoint').find((endpoint) => {
      const detail = endpoint.detail as EndpointDetail | undefined;
      if (!detail) return run !== undefined && endpoint.tags['infersweep:run'] === run;
      return thing.name === (thing.kind === 'model' ? detail.variant.ModelName : detail.EndpointConfigName);
    });
    if (above) world.mistakes.push(`${thing.name} deleted below ${above.name}`);
    world.things.delete(thing.arn);
    return {};
  }

  /** What has become of endpoints by now. A real container is waited for once its time has come. */
  async move(world: AwsWorld): Promise<void> {
    for (const thing of world.things.values()) {
      const detail = thing.detail as unknown as EndpointDetail;
      if (thing.kind !== 'endpoint' || thing.status !== 'Creating' || detail === undefined) continue;
      const { seconds, failureReason, logs } = this.startOf(thing.name, detail.variant);
      if (seconds === null) continue;
      const dueMs = thing.createdMs + seconds * 1000;
      if (world.nowMs < dueMs) continue;
      if (logs)
        this.logs.set(
          thing.name,
          logs.map((message) => ({ timestamp: dueMs, message })),
        );
      if (failureReason !== undefined) this.settle(thing, 'Failed', dueMs, failureReason);
      else await this.ping(world, thing, dueMs);
    }
  }

  /** Where a container answers, or null when none does. */
  urlOf(endpoint: string): string | null {
    const container = this.behind.get(endpoint)?.container ?? null;
    return container === null || container === 'unhealthy' ? null : container.url;
  }

  async close(): Promise<void> {
    await Promise.all([...this.behind.keys()].map((name) => this.stop(name)));
  }

  private createEndpoint(world: AwsWorld, name: string, configName: string, o: Partial<Thing>): Thing {
    const config = world.find('endpoint-config', configName);
    const arn = (kind: string, n: string) => `arn:aws:sagemaker:${region}:${account}:${kind}/${n}`;
    // Also when it was made a moment ago: "eventually consistent reads" (CreateEndpoint, API reference).
    if (!config) throw absent('endpoint configuration', arn('endpoint-config', configName));
    const variant = variantsIn(config.detail ?? {})[0];
    // Put there by a test, not by a call: so is what stands on it.
    if (!variant) return world.add('endpoint', name, o);
    const model = world.find('model', variant.ModelName);
    if (!model) throw absent('model', arn('model', variant.ModelName));
    this.demandQuota(world, variant);
    const container = (model.detail as { PrimaryContainer: Container }).PrimaryContainer;
    const detail: EndpointDetail = { EndpointConfigName: configName, variant, container, modifiedMs: world.nowMs };
    const thing = world.add('endpoint', name, { ...o, status: 'Creating', detail: { ...detail } });
    if (this.options.launcher) this.launch(world, name, container);
    return thing;
  }

  /** The enumeration is of the API's own model; limits of BC in aws.md. */
  private check(world: AwsWorld, variant: Variant): void {
    const wrong = (message: string) => new ServiceError('ValidationException', message);
    if (!Object.values<string>(ProductionVariantInstanceType).includes(variant.InstanceType)) {
      throw wrong(
        `1 validation error detected: Value '${variant.InstanceType}' at 'productionVariants.1.member.instanceType' failed to satisfy constraint: Member must satisfy enum value set`,
      );
    }
    const timeout = variant.ContainerStartupHealthCheckTimeoutInSeconds ?? 60;
    if (timeout < 60 || timeout > 3600) {
      throw wrong(
        `1 validation error detected: Value '${timeout}' at 'productionVariants.1.member.containerStartupHealthCheckTimeoutInSeconds' failed to satisfy constraint: Member must have value between 60 and 3600`,
      );
    }
    if (!world.find('model', variant.ModelName)) {
      throw absent('model', `arn:aws:sagemaker:${region}:${account}:model/${variant.ModelName}`);
    }
  }

  /** Judged by CreateEndpoint, whatever Service Quotas say; its words as users quote them. */
  private demandQuota(world: AwsWorld, { InstanceType, InitialInstanceCount }: Variant): void {
    const quota = this.options.quota?.[InstanceType];
    const used = [...world.things.values()]
      .filter(
        ({ kind, detail }) =>
          kind === 'endpoint' && (detail as EndpointDetail | undefined)?.variant.InstanceType === InstanceType,
      )
      .reduce((sum, { detail }) => sum + (detail as unknown as EndpointDetail).variant.InitialInstanceCount, 0);
    if (quota === undefined || used + InitialInstanceCount <= quota) return;
    throw new ServiceError(
      'ResourceLimitExceeded',
      `The account-level service limit '${InstanceType} for endpoint usage' is ${quota} Instances, with current utilization of ${used} Instances and a request delta of ${InitialInstanceCount} Instances. Please use AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is not available, contact AWS support to request an increase for this quota.`,
    );
  }

  private startOf(endpoint: string, variant: Variant): Start {
    return this.options.start?.(endpoint, variant) ?? { seconds: 240 };
  }

  private launch(world: AwsWorld, name: string, { Image, Environment = {}, ModelDataSource }: Container): void {
    const uri = ModelDataSource?.S3DataSource.S3Uri;
    const lines: { timestamp: number; message: string }[] = [];
    this.logs.set(name, lines);
    const behind: Behind = { container: null, started: Promise.resolve(null) };
    this.behind.set(name, behind);
    const container = {
      image: Image,
      environment: Environment,
      modelFolder: uri === undefined ? null : (this.options.modelFolder?.(uri) ?? null),
      log: (message: string) => lines.push({ timestamp: world.nowMs, message }),
    };
    behind.started = this.options.launcher!(container).catch((error: Error) => {
      container.log(error.message);
      return null;
    });
  }

  /** Row 8 of the fault matrix: a container that never answers 200 fails the endpoint, after its startup timeout. */
  private async ping(world: AwsWorld, thing: Thing, dueMs: number): Promise<void> {
    const behind = this.behind.get(thing.name);
    if (behind && behind.container === null) {
      const started = await behind.started;
      const healthy = started !== null && (await answersPing(started, this.options.pingSeconds ?? 20));
      behind.container = healthy ? started : 'unhealthy';
      if (!healthy) await started?.stop();
    }
    if (behind?.container !== 'unhealthy') return this.settle(thing, 'InService', dueMs);
    const { variant } = thing.detail as unknown as EndpointDetail;
    const failedMs = dueMs + (variant.ContainerStartupHealthCheckTimeoutInSeconds ?? 240) * 1000;
    if (world.nowMs < failedMs) return;
    const reason = `The primary container for production variant ${variant.VariantName} ${PING}`;
    this.settle(thing, 'Failed', failedMs, reason);
  }

  private settle(thing: Thing, status: string, modifiedMs: number, failureReason?: string): void {
    thing.status = status;
    Object.assign(thing.detail!, { modifiedMs, failureReason });
  }

  private async stop(name: string): Promise<void> {
    const behind = this.behind.get(name);
    this.behind.delete(name);
    await (await behind?.started)?.stop();
  }
}

function variantsIn(body: object): Variant[] {
  return (body as { ProductionVariants?: Variant[] }).ProductionVariants ?? [];
}

async function answersPing({ url, ended }: RunningContainer, seconds: number): Promise<boolean> {
  for (const end = performance.now() + seconds * 1000; performance.now() < end && !ended(); ) {
    const answer = await fetch(`${url}/ping`, { signal: AbortSignal.timeout(2000) }).catch(() => null);
    await answer?.arrayBuffer();
    if (answer?.status === 200) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}
