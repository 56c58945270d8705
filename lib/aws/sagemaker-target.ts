/** Deployments on SageMaker: a model, an endpoint configuration and an endpoint, all three under the deployment's name. */
import type { DescribeEndpointCommandOutput, SageMaker } from '@aws-sdk/client-sagemaker';
import { servingImage } from '../core/catalog/serving-image.ts';
import type { SkippedRow } from '../core/plan/plan.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { ObjectStore } from '../core/ports/object-store.ts';
import type { DeployAnswer, DeployRequest, ListedResource, ReadyState, Target } from '../core/ports/target.ts';
import { type EndpointLogsApi, endpointTail } from './endpoint-log.ts';
import { HostingCreation } from './hosting-creation.ts';
import { isCapacity, refusalOf } from './hosting-errors.ts';
import { listHosting } from './hosting-listing.ts';
import type { ModelSite } from './hosting-requests.ts';
import { LaunchNotes } from './launch-notes.ts';
import { unless } from './reap/kind-adapter.ts';
import { isAbsent, type SageMakerApi, sagemakerKinds } from './reap/sagemaker-kinds.ts';

export type HostingApi = SageMakerApi & Pick<SageMaker, 'createModel' | 'createEndpointConfig' | 'createEndpoint'>;

export interface SagemakerTargetOptions extends ModelSite {
  runId: string;
  /** Clients that retry: `maxAttempts` of at least 2, so that throttling and lost answers do not end a trial. */
  sagemaker: HostingApi;
  logs: EndpointLogsApi;
  region: string;
  /** Where it is noted that an endpoint was tried to be created, before SageMaker shows it. */
  store: ObjectStore;
  clock: Clock;
  /** Reference of a kit's image in ECR, pinned by its digest: `…/infersweep/<name>@sha256:…`. */
  image(name: string): Promise<string>;
  /**
   * Origin that takes the requests.
   *
   * @default - that of SageMaker in the region
   */
  runtimeUrl?: string;
  /** Between two tries at what SageMaker has taken and does not find yet. @default - real time */
  wait?(seconds: number): Promise<void>;
}

export class SagemakerTarget implements Target {
  private readonly options: SagemakerTargetOptions;
  private readonly notes: LaunchNotes;
  private readonly creation: HostingCreation;

  constructor(options: SagemakerTargetOptions) {
    this.options = options;
    this.notes = new LaunchNotes({ ...options, folder: 'endpoints' });
    const wait = options.wait ?? ((seconds) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000)));
    // Models and configurations, too: one that SageMaker does not show yet would be taken for gone.
    this.creation = new HostingCreation(options.sagemaker, wait, (name) =>
      this.notes.add(name, { what: 'try', subnet: 0 }),
    );
  }

  /** Quotas, offers and prices are of the account and looked up for all targets at once. */
  async preflight(): Promise<SkippedRow[]> {
    return [];
  }

  async deploy(request: DeployRequest): Promise<DeployAnswer> {
    const image = servingImage(request.deployment.configuration);
    if ('missing' in image) return { state: 'refused', code: 'rejected', reason: image.missing };
    try {
      await this.creation.model(request, await this.options.image(image.image), this.options);
      await this.creation.endpointConfig(request);
      const createdAtMs = await this.creation.endpoint(request);
      // Where SageMaker does not say: a controller that died may have made it, so no later than it was first tried.
      const acceptedAtMs = createdAtMs ?? (await this.notes.firstAtMs(request.name)) ?? this.options.clock.nowMs();
      return { state: 'accepted', acceptedAtMs };
    } catch (error) {
      const refused = refusalOf(error);
      if (refused === null) throw error;
      return refused;
    }
  }

  async ready(name: string): Promise<ReadyState> {
    const base = { reason: null, url: null, startupSeconds: null, facts: {} };
    const found = await this.describe(name);
    if (found === null) {
      const hidden = this.notes.mayBeHidden(await this.notes.last(name));
      return { ...base, state: hidden ? 'starting' : 'gone' };
    }
    switch (found.EndpointStatus) {
      case 'InService':
        return { ...base, ...this.inService(name, found), facts: await this.facts(name, found) };
      case 'Deleting':
        return { ...base, state: 'gone' };
      case 'Failed':
      case 'OutOfService':
      case 'UpdateRollbackFailed':
        return { ...base, ...(await this.failed(name, found)) };
      default:
        return { ...base, state: 'starting' };
    }
  }

  logs(name: string): Promise<string> {
    return endpointTail(this.options.logs, name);
  }

  /**
   * One step of it: the workflow asks again until nothing is listed. A configuration goes only once its endpoint is gone
   * for certain, and a model only after that: SageMaker would let them go below a live endpoint.
   */
  async destroy(name: string): Promise<void> {
    const [endpoint, config, model] = sagemakerKinds(this.options.sagemaker);
    if ((await endpoint.delete({ name })) !== 'gone') return;
    if (this.notes.mayBeHidden(await this.notes.last(name))) return;
    await config.delete({ name });
    await model.delete({ name });
  }

  async list(runId: string): Promise<ListedResource[]> {
    const { sagemaker, region } = this.options;
    const { listed, seen } = await listHosting(sagemaker, region, runId);
    if (runId !== this.options.runId) return listed;
    // Not known to be absent: SageMaker may not show it yet. What it has shown once stays shown.
    const young = (await this.notes.young()).filter(({ name }) => !seen.has(name));
    const endCommand = (name: string) => `aws sagemaker delete-endpoint --endpoint-name ${name} --region ${region}`;
    return [
      ...listed,
      ...young.map(({ name }) => ({ kind: 'endpoint', id: name, name, endCommand: endCommand(name) })),
    ];
  }

  private describe(name: string): Promise<DescribeEndpointCommandOutput | null> {
    return unless(isAbsent, null, () => this.options.sagemaker.describeEndpoint({ EndpointName: name }));
  }

  private inService(
    name: string,
    { CreationTime, LastModifiedTime }: DescribeEndpointCommandOutput,
  ): Pick<ReadyState, 'state' | 'url' | 'access' | 'startupSeconds'> {
    const { region, runtimeUrl } = this.options;
    const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
    return {
      state: 'ready',
      url: runtimeUrl ?? `https://runtime.sagemaker.${region}.${suffix}`,
      access: {
        path: `/endpoints/${encodeURIComponent(name)}/invocations`,
        signing: { service: 'sagemaker', region },
      },
      // Both of SageMaker's clock, and its last change was this one: a look of ours comes up to 15 s later.
      startupSeconds: (LastModifiedTime!.getTime() - CreationTime!.getTime()) / 1000,
    };
  }

  private async facts(name: string, { ProductionVariants }: DescribeEndpointCommandOutput) {
    const { ResolvedImage, SpecifiedImage } = ProductionVariants?.[0]?.DeployedImages?.[0] ?? {};
    const digest = /@(sha256:[0-9a-f]{64})$/;
    const config = await this.options.sagemaker.describeEndpointConfig({ EndpointConfigName: name });
    const variant = config.ProductionVariants?.[0];
    return {
      imageDigest: digest.exec(ResolvedImage ?? '')?.[1] ?? digest.exec(SpecifiedImage ?? '')?.[1] ?? null,
      instanceType: variant?.InstanceType ?? null,
      inferenceAmiVersion: variant?.InferenceAmiVersion ?? null,
    };
  }

  private async failed(
    name: string,
    { FailureReason, EndpointStatus }: DescribeEndpointCommandOutput,
  ): Promise<Pick<ReadyState, 'state' | 'reason' | 'cause'>> {
    const why = FailureReason ?? `endpoint is ${EndpointStatus}`;
    if (isCapacity(why)) return { state: 'failed', reason: why, cause: 'capacity' };
    // The log is a help, not the verdict.
    const tail = await this.logs(name).catch((error: Error) => `log not readable: ${error.message}`);
    const last = tail.trim().split('\n').slice(-5).join('\n');
    return { state: 'failed', reason: last ? `${why}\n${last}` : why, cause: 'unhealthy' };
  }
}
