/** Deployments on EC2: one host each, launched for the trial and ended after it. */
import type { EC2, Instance } from '@aws-sdk/client-ec2';
import { servingPorts } from '../core/catalog/lab.ts';
import { servingEnvironment, servingImage } from '../core/catalog/serving-image.ts';
import type { HostStart } from '../core/plan/host-start.ts';
import type { PlannedDeployment, SkippedRow } from '../core/plan/plan.ts';
import type { DeployAnswer, DeployRequest, ListedResource, ReadyState, Target } from '../core/ports/target.ts';
import { Ec2Hosts, type Ec2HostsOptions } from './ec2-hosts.ts';
import { type HostEvent, HostLog, type LogsApi } from './host-log.ts';
import { offeredHere } from './offerings.ts';

export interface Ec2TargetOptions extends Omit<Ec2HostsOptions, 'ec2'> {
  ec2: Ec2HostsOptions['ec2'] & Pick<EC2, 'describeInstanceTypeOfferings' | 'describeSubnets'>;
  logs: LogsApi;
  /** Reference of a kit's image in ECR, pinned by its digest: `…/infersweep/<name>@sha256:…`. */
  image(name: string): Promise<string>;
}

/** Its name in the start document, and so of its log stream. */
const CONTAINER = 'server';

/** What NVIDIA's start lines give a server; a CPU server takes no more of it than it uses. */
const SHM_MIB = 1024;

export class Ec2Target implements Target {
  private readonly options: Ec2TargetOptions;
  private readonly hosts: Ec2Hosts;
  private readonly log: HostLog;

  constructor(options: Ec2TargetOptions) {
    this.options = options;
    this.hosts = new Ec2Hosts(options);
    this.log = new HostLog(options.logs, options.site.hostLogGroup);
  }

  async preflight(deployments: readonly PlannedDeployment[]): Promise<SkippedRow[]> {
    const { ec2, site } = this.options;
    const types = [...new Set(deployments.map((d) => d.configuration.instanceType))];
    const offered = await offeredHere(ec2, site.subnets, types);
    return deployments.flatMap(({ configuration }) => {
      const { name, target, instanceType } = configuration;
      const image = servingImage(configuration);
      const family = instanceType.split('.')[0]!;
      const fix =
        'missing' in image
          ? image.missing
          : site.launchTemplates[family] === undefined
            ? `deploy Lab with family ${family}; it has ${Object.keys(site.launchTemplates).join(', ')}`
            : offered.has(instanceType)
              ? null
              : `no zone of the Lab's subnets (${site.subnets.join(', ')}) offers ${instanceType}: use another region or VPC`;
      if (fix === null) return [];
      return [{ configuration: name, target, instanceType, code: 'not-offered' as const, rule: null, fix }];
    });
  }

  async deploy(request: DeployRequest): Promise<DeployAnswer> {
    const { configuration, purchase } = request.deployment;
    const image = servingImage(configuration);
    if ('missing' in image) return { state: 'refused', code: 'rejected', reason: image.missing };
    return this.hosts.launch({
      name: request.name,
      instanceType: configuration.instanceType,
      purchase: purchase ?? 'on-demand',
      ttlSeconds: request.ttlSeconds,
      tags: request.tags,
      start: startOf(request, await this.options.image(image.image)),
    });
  }

  async ready(name: string): Promise<ReadyState> {
    const base = { reason: null, url: null, startupSeconds: null, facts: {} };
    const found = await this.hosts.find(name);
    if (found === null) return { ...base, state: (await this.hosts.mayBeHidden(name)) ? 'starting' : 'gone' };
    const state = found.State!.Name!;
    if (state === 'pending') return { ...base, state: 'starting' };
    const events = await this.log.events(found.InstanceId!);
    const failed = events.find(({ event }) => event === 'failed');
    // A host whose start failed ends itself: what it said counts, not that it is gone.
    if (failed) return { ...base, state: 'failed', reason: await this.failure(found.InstanceId!, failed) };
    if (state !== 'running') return { ...base, ...ended(found) };
    const ready = events.find(({ event }) => event === 'ready');
    if (!ready || found.PrivateIpAddress === undefined) return { ...base, state: 'starting' };
    return {
      state: 'ready',
      reason: null,
      url: `http://${found.PrivateIpAddress}:${servingPorts.front}`,
      startupSeconds: (ready.atMs - found.LaunchTime!.getTime()) / 1000,
      facts: factsOf(found, events),
    };
  }

  async logs(name: string): Promise<string> {
    const found = await this.hosts.find(name);
    return found === null ? '' : this.log.tail(found.InstanceId!, CONTAINER);
  }

  destroy(name: string): Promise<void> {
    return this.hosts.end(name);
  }

  list(runId: string): Promise<ListedResource[]> {
    return this.hosts.list(runId);
  }

  private async failure(instanceId: string, { reason }: HostEvent): Promise<string> {
    const last = (await this.log.tail(instanceId, CONTAINER)).trim().split('\n').at(-1);
    return last ? `${reason}: ${last}` : String(reason);
  }
}

function startOf({ artifact, deployment, tokenizer }: DeployRequest, image: string): HostStart {
  if (artifact !== '' && !/^s3:\/\/.+\/$/.test(artifact)) {
    throw new Error(`a host on EC2 reads its model from s3://bucket/prefix/, not from ${artifact}: upload it first`);
  }
  const environment = servingEnvironment(deployment.configuration, tokenizer);
  return {
    schema: 'infersweep.host-start.v1',
    model: artifact === '' ? null : artifact,
    output: null,
    shmMib: SHM_MIB,
    containers: [{ name: CONTAINER, image, entrypoint: null, command: [], environment }],
  };
}

/** `StateReason` of EC2's API reference: what ended it, or kept it from starting. */
function ended({ StateReason }: Instance): Pick<ReadyState, 'state' | 'reason' | 'cause'> {
  const { Code: code, Message: message } = StateReason ?? {};
  const reason = message ?? code ?? null;
  if (code === 'Server.InsufficientInstanceCapacity') return { state: 'failed', reason, cause: 'capacity' };
  if (code === 'Client.VolumeLimitExceeded') return { state: 'failed', reason };
  return { state: 'gone', reason };
}

/** Seconds are from the launch: the startup timeline. `purchase` is what it was billed as, and never averaged over. */
function factsOf(found: Instance, events: readonly HostEvent[]): ReadyState['facts'] {
  const launchedMs = found.LaunchTime!.getTime();
  const timeline = ['booted', 'image', 'model', 'started', 'ready'].flatMap((name) => {
    const event = events.find((e) => e.event === name);
    return event ? [[`${name}Seconds`, (event.atMs - launchedMs) / 1000] as const] : [];
  });
  const booted = events.find(({ event }) => event === 'booted');
  return {
    instanceId: found.InstanceId!,
    instanceType: found.InstanceType!,
    availabilityZone: found.Placement?.AvailabilityZone ?? null,
    purchase: found.InstanceLifecycle === 'spot' ? 'spot' : 'on-demand',
    ami: found.ImageId ?? null,
    driver: (booted?.['driver'] as string | null | undefined) ?? null,
    ...Object.fromEntries(timeline),
  };
}
