/**
 * Instances of the loopback EC2: capacity by zone, one clock, and whatever runs on them. Sources, unless said otherwise: EC2's
 * API reference (RunInstances, StateReason, "Ensuring idempotency", "Eventual consistency") and the kit's launch template
 * (`lib/constructs/trial-hosts.ts`: shutting down terminates, the volume goes with its instance).
 */
import { type HostStart, hostStartSchema } from '../../../../lib/core/plan/host-start.ts';
import type { ObjectStore } from '../../../../lib/core/ports/object-store.ts';
import type { HostLauncher, RunningHost } from '../host-launcher.ts';
import { type AwsWorld, ServiceError, type Thing } from '../world.ts';

export interface Ec2CloudOptions {
  launcher: HostLauncher;
  /** Where start documents are: `s3://any bucket/KEY`. */
  documents: ObjectStore;
  /** Zone of each subnet. */
  subnets?: Record<string, string>;
  /** Ids of launch templates. */
  templates: readonly string[];
  /** Of a type in a zone at this moment; `unsupported` where the zone never has it. */
  capacity?: (type: string, zone: string) => 'yes' | 'insufficient' | 'unsupported';
  /** vCPUs that the account may run; every type counts as 4. */
  vcpuLimit?: number;
  pendingSeconds?: number;
  /** How long nobody sees a new instance. */
  hiddenSeconds?: number;
}

/** What RunInstances said of an instance. */
export interface InstanceDetail {
  type: string;
  zone: string;
  address: string;
  spot: boolean;
  /** Physical, and threads of each; left out by the cloud, which bills by type. */
  cores?: number;
  threads?: number;
  reason?: { code: string; message: string };
}

export interface RunRequest {
  type: string;
  subnet: string;
  template: string;
  token: string;
  spot: boolean;
  tags: Record<'instance' | 'volume', Record<string, string>>;
}

const VCPUS = 4;
let addresses = 0;

export class Ec2Cloud {
  readonly options: Ec2CloudOptions;
  readonly zones: Record<string, string>;
  readonly capacity: NonNullable<Ec2CloudOptions['capacity']>;
  /** Types that were asked for, in order. */
  readonly asked: string[] = [];
  /** Log streams: `<instance id>/host`, `<instance id>/<container>`. */
  readonly streams = new Map<string, { timestamp: number; message: string }[]>();
  private readonly tokens = new Map<string, { request: string; thing: Thing }>();
  private readonly hosts = new Map<string, { host: RunningHost | null; sinceMs: number }>();

  constructor(options: Ec2CloudOptions) {
    this.options = options;
    this.zones = options.subnets ?? { 'subnet-a': 'us-east-1a', 'subnet-b': 'us-east-1b' };
    this.capacity = options.capacity ?? (() => 'yes');
  }

  run(world: AwsWorld, o: RunRequest): Thing {
    world.movers.add(this.move);
    this.asked.push(o.type);
    const request = JSON.stringify(o);
    const before = this.tokens.get(o.token);
    if (before) {
      if (before.request === request) return before.thing;
      throw new ServiceError('IdempotentParameterMismatch', 'Arguments on this idempotent request are inconsistent');
    }
    this.refuse(world, o);
    const zone = this.zones[o.subnet]!;
    const n = this.tokens.size + 1;
    const id = `i-${String(n).padStart(17, '0')}`;
    addresses += 1;
    // One for each instance and test process.
    const address = `127.${1 + (process.pid % 250)}.${Math.floor(addresses / 250) % 250}.${1 + (addresses % 250)}`;
    const detail: InstanceDetail = { type: o.type, zone, address, spot: o.spot };
    const visibleFromMs = world.nowMs + (this.options.hiddenSeconds ?? 0) * 1000;
    const thing = world.add('instance', id, {
      status: 'pending',
      tags: o.tags.instance,
      detail: { ...detail },
      visibleFromMs,
    });
    world.add('volume', `vol-${id.slice(2)}`, { tags: o.tags.volume, visibleFromMs });
    this.tokens.set(o.token, { request, thing });
    return thing;
  }

  /** EC2 takes Spot capacity back: "Server.SpotInstanceTermination". */
  interrupt(world: AwsWorld, name: string): void {
    const found = world.of('instance').find(({ tags }) => tags['Name'] === name)!;
    this.shutDown(world, found, 'Server.SpotInstanceTermination', 'Instance terminated to fulfil On-Demand requests');
  }

  private refuse(world: AwsWorld, { type, subnet, template, tags }: RunRequest): void {
    if (!this.options.templates.includes(template)) {
      throw new ServiceError(
        'InvalidLaunchTemplateId.NotFound',
        `The specified launch template, ${template}, does not exist.`,
      );
    }
    const zone = this.zones[subnet];
    if (zone === undefined)
      throw new ServiceError('InvalidSubnetID.NotFound', `The subnet ID '${subnet}' does not exist`);
    // The create role's: lib/constructs/create-rights.ts.
    for (const kind of ['instance', 'volume'] as const) {
      if (tags[kind]['infersweep:run'] === undefined || tags[kind]['infersweep:expires-at'] === undefined) {
        throw new ServiceError('UnauthorizedOperation', `You are not authorized: the ${kind} bears no run tag.`, 403);
      }
    }
    const running = world.of('instance').filter(({ status }) => status === 'pending' || status === 'running').length;
    if ((running + 1) * VCPUS > (this.options.vcpuLimit ?? Number.POSITIVE_INFINITY)) {
      throw new ServiceError(
        'VcpuLimitExceeded',
        `You have requested more vCPU capacity than your current vCPU limit of ${this.options.vcpuLimit} allows.`,
      );
    }
    const has = this.capacity(type, zone);
    if (has === 'unsupported') {
      throw new ServiceError('Unsupported', `Your requested instance type (${type}) is not supported in ${zone}.`);
    }
    if (has === 'insufficient') {
      const message = `We currently do not have sufficient ${type} capacity in ${zone}.`;
      throw new ServiceError('InsufficientInstanceCapacity', message, 500);
    }
  }

  private readonly move = (world: AwsWorld): void => {
    for (const thing of [...world.things.values()]) {
      if (thing.kind === 'volume') {
        const instance = [...world.things.values()].find(({ name }) => name === `i-${thing.name.slice(4)}`);
        if (instance?.status === 'terminated') world.things.delete(thing.arn);
      } else if (thing.kind === 'instance' && thing.detail !== undefined) this.moveInstance(world, thing);
    }
  };

  private moveInstance(world: AwsWorld, thing: Thing): void {
    const bootedMs = thing.createdMs + (this.options.pendingSeconds ?? 10) * 1000;
    if (thing.status === 'pending' && world.nowMs >= bootedMs) {
      thing.status = 'running';
      this.boot(world, thing, bootedMs);
    }
    const own = this.hosts.get(thing.name);
    if (thing.status !== 'running') {
      if (own) own.host?.stop();
      return;
    }
    if (!own) return;
    own.host?.tick?.((world.nowMs - own.sinceMs) / 1000);
    const minutes = Number(thing.tags['infersweep:ttl-minutes']);
    // The host's own timer (containers/hosts/trial_host.py), from its boot.
    if (own.host?.ended() || world.nowMs >= own.sinceMs + minutes * 60_000) {
      this.shutDown(world, thing, 'Client.InstanceInitiatedShutdown', 'Instance initiated shutdown');
    }
  }

  private shutDown(world: AwsWorld, thing: Thing, code: string, message: string): void {
    world.end(thing, 'shutting-down', 'terminated');
    (thing.detail as unknown as InstanceDetail).reason = { code, message };
    this.hosts.get(thing.name)?.host?.stop();
  }

  private boot(world: AwsWorld, thing: Thing, sinceMs: number): void {
    const own = { host: null as RunningHost | null, sinceMs };
    this.hosts.set(thing.name, own);
    const write = (stream: string, message: string) => {
      const lines = this.streams.get(`${thing.name}/${stream}`) ?? [];
      this.streams.set(`${thing.name}/${stream}`, lines);
      lines.push({ timestamp: world.nowMs, message });
    };
    void this.document(thing.tags['infersweep:start']).then((start) => {
      if (thing.status !== 'running') return;
      own.host = this.options.launcher.boot({
        instanceId: thing.name,
        address: (thing.detail as unknown as InstanceDetail).address,
        start,
        say: (event, facts) => write('host', JSON.stringify({ event, atMs: world.nowMs, ...facts })),
        log: (container, line) => write(container, line),
      });
    });
  }

  private async document(address: string | undefined): Promise<HostStart | null> {
    const key = /^s3:\/\/[^/]+\/(.+)$/.exec(address ?? '')?.[1];
    const text = key === undefined ? null : await this.options.documents.get(key);
    return text === null ? null : hostStartSchema.parse(JSON.parse(text));
  }
}
