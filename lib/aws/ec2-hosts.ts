/** Hosts of one run on EC2: launched from the site's templates, found by tags and ended. Trials and preparations share it. */
import { createHash } from 'node:crypto';
import type { EC2, Instance, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { type HostSite, hostTags, prefixes } from '../core/catalog/lab.ts';
import { quotaOf } from '../core/catalog/quota.ts';
import type { HostStart } from '../core/plan/host-start.ts';
import { tagKeys } from '../core/plan/tags.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { ObjectStore } from '../core/ports/object-store.ts';
import type { DeployAnswer, ListedResource } from '../core/ports/target.ts';
import { listHosts } from './ec2-listing.ts';
import { LaunchNotes } from './launch-notes.ts';
import { pages } from './pages.ts';
import { isNamed, unless } from './reap/kind-adapter.ts';

export type HostsApi = Pick<EC2, 'runInstances' | 'describeInstances' | 'terminateInstances'>;

export interface Ec2HostsOptions {
  runId: string;
  ec2: HostsApi;
  /** The Lab, or the preparation site. */
  site: HostSite;
  /** Bucket that the hosts read their start documents from; the store's keys are the bucket's. */
  bucket: { name: string; store: ObjectStore };
  clock: Clock;
}

export interface HostLaunch {
  /** Becomes the tag `Name`. */
  name: string;
  instanceType: string;
  purchase: 'on-demand' | 'spot';
  ttlSeconds: number;
  tags: { [key: string]: string };
  start: HostStart;
}

/** Said of one zone: another may have it. */
const ZONE_REFUSALS = [
  'InsufficientInstanceCapacity',
  'InsufficientHostCapacity',
  'InsufficientFreeAddressesInSubnet',
  'UnfulfillableCapacity',
  'Unsupported',
];
/** Said of the account, in every zone alike. */
const QUOTA_REFUSALS = ['VcpuLimitExceeded', 'InstanceLimitExceeded', 'MaxSpotInstanceCountExceeded'];

export class Ec2Hosts {
  private readonly options: Ec2HostsOptions;
  private readonly notes: LaunchNotes;

  constructor(options: Ec2HostsOptions) {
    this.options = options;
    this.notes = new LaunchNotes({ ...options.bucket, ...options });
  }

  /** Subnet by subnet, and never another instance type. A second call finds what the first made. */
  async launch(o: HostLaunch): Promise<DeployAnswer> {
    const { site, bucket, runId } = this.options;
    const family = o.instanceType.split('.')[0]!;
    const template = site.launchTemplates[family];
    if (!template) {
      const known = Object.keys(site.launchTemplates).join(', ');
      return rejected(`there is no launch template for ${family}; there are: ${known}. Add it to the stack's families`);
    }
    const minutes = Math.max(1, Math.ceil(o.ttlSeconds / 60));
    if (minutes > template.maximumTtlMinutes) {
      return rejected(
        `it may need ${minutes} minutes, and hosts of this stack end after ${template.maximumTtlMinutes}: raise the stack's maximum TTL`,
      );
    }
    const found = await this.find(o.name);
    if (found) return accepted(found);

    const start = `${prefixes.hosts}${runId}/${o.name}.json`;
    await bucket.store.put(start, JSON.stringify(o.start));
    const tags = {
      ...o.tags,
      Name: o.name,
      [hostTags.start]: `s3://${bucket.name}/${start}`,
      [hostTags.ttlMinutes]: String(minutes),
    };
    const note = await this.notes.last(o.name);
    // Accepted and not shown yet, or gone since long.
    if (note?.what === 'accepted') return { state: 'accepted', acceptedAtMs: note.atMs };
    // An answer that got lost came from this subnet: an earlier one might now have capacity, and there would be two.
    const first = note?.what === 'try' ? note.subnet : 0;
    const refusals: string[] = [];
    for (const [i, subnet] of site.subnets.entries()) {
      if (i < first) continue;
      await this.notes.add(o.name, { what: 'try', subnet: i });
      const answer = await this.run(o, subnet, template, tags);
      if ('instance' in answer) {
        await this.notes.add(o.name, { what: 'accepted', instanceId: answer.instance.InstanceId! });
        return accepted(answer.instance);
      }
      if (answer.code !== 'capacity') {
        await this.notes.add(o.name, { what: 'refused' });
        return { state: 'refused', ...answer };
      }
      refusals.push(`${subnet}: ${answer.reason}`);
    }
    await this.notes.add(o.name, { what: 'refused' });
    return { state: 'refused', code: 'capacity', reason: `no subnet has ${o.instanceType}: ${refusals.join('; ')}` };
  }

  /** Throws what is no answer: then nobody knows whether it exists, and a second call or a teardown finds out. */
  private async run(
    { name, instanceType, purchase }: HostLaunch,
    SubnetId: string,
    template: { id: string; version: string },
    tags: { [key: string]: string },
  ): Promise<{ instance: Instance } | { code: 'capacity' | 'quota' | 'rejected'; reason: string }> {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    const input: RunInstancesCommandInput = {
      MinCount: 1,
      MaxCount: 1,
      // Shutting down terminates it, and its volume goes with it: both stand in the template, whose version is pinned.
      LaunchTemplate: { LaunchTemplateId: template.id, Version: template.version },
      InstanceType: instanceType as Instance['InstanceType'],
      SubnetId,
      ClientToken: tokenOf(this.options.runId, name, SubnetId),
      TagSpecifications: [
        { ResourceType: 'instance', Tags },
        { ResourceType: 'volume', Tags },
      ],
      ...(purchase === 'spot' ? { InstanceMarketOptions: ONE_TIME_SPOT } : {}),
    };
    try {
      const { Instances } = await this.options.ec2.runInstances(input);
      return { instance: Instances![0]! };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (ZONE_REFUSALS.includes(error.name)) return { code: 'capacity', reason: `${error.name}: ${error.message}` };
      if (QUOTA_REFUSALS.includes(error.name)) {
        const quota = quotaOf('ec2', instanceType, purchase);
        const named = quota === null ? `the EC2 quota of ${instanceType}` : `${quota.name} (${quota.code})`;
        return { code: 'quota', reason: `${named}: ${error.message}` };
      }
      if (isRefusal(error)) return { code: 'rejected', reason: `${error.name}: ${error.message}` };
      throw error;
    }
  }

  /** What has this name, the living first; null when there is nothing, or nothing yet. */
  async find(name: string): Promise<Instance | null> {
    const filters = [
      { Name: 'tag:Name', Values: [name] },
      { Name: `tag:${tagKeys.run}`, Values: [this.options.runId] },
    ];
    const found: Instance[] = [];
    const all = pages(
      (NextToken) => this.options.ec2.describeInstances({ Filters: filters, NextToken }),
      ({ NextToken }) => NextToken,
    );
    for await (const { Reservations } of all) found.push(...(Reservations ?? []).flatMap((r) => r.Instances ?? []));
    return found.find(({ State }) => State?.Name !== 'terminated') ?? found[0] ?? null;
  }

  /** True while what was launched under this name may exist unseen. */
  async mayBeHidden(name: string): Promise<boolean> {
    return this.notes.mayBeHidden(await this.notes.last(name));
  }

  /** Success when it is already gone. */
  async end(name: string): Promise<void> {
    const found = await this.find(name);
    if (found?.State?.Name === 'terminated') return;
    const note = await this.notes.last(name);
    const id =
      found?.InstanceId ?? (note?.what === 'accepted' && this.notes.mayBeHidden(note) ? note.instanceId : null);
    if (id === null) return;
    await unless(
      (error) => isNamed(error, 'InvalidInstanceID.NotFound'),
      null,
      () => this.options.ec2.terminateInstances({ InstanceIds: [id] }),
    );
  }

  async list(runId: string): Promise<ListedResource[]> {
    const { listed, seen } = await listHosts(this.options.ec2, runId);
    if (runId !== this.options.runId) return listed;
    const hidden = (await this.notes.young()).filter(({ name }) => !seen.has(name));
    return [
      ...listed,
      ...hidden.map((note) => {
        const id = note.what === 'accepted' ? note.instanceId : 'not seen yet';
        const filters = `Name=tag:Name,Values=${note.name}`;
        return { kind: 'instance', id, name: note.name, endCommand: `aws ec2 describe-instances --filters ${filters}` };
      }),
    ];
  }
}

/** Ends for good when EC2 wants it back: a trial is void then, and never continued. */
const ONE_TIME_SPOT = {
  MarketType: 'spot',
  SpotOptions: { SpotInstanceType: 'one-time', InstanceInterruptionBehavior: 'terminate' },
} as const;

/** At most 64 characters; another subnet is another request. */
function tokenOf(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 64);
}

const rejected = (reason: string): DeployAnswer => ({ state: 'refused', code: 'rejected', reason });

const accepted = ({ LaunchTime }: Instance): DeployAnswer => ({
  state: 'accepted',
  acceptedAtMs: LaunchTime!.getTime(),
});

/** The service said no, as opposed to: it did not answer, is busy, or broke. */
function isRefusal(error: Error & { $metadata?: { httpStatusCode?: number }; $fault?: string }): boolean {
  const throttled = /Throttl|RequestLimitExceeded|Idempotent/.test(error.name);
  return !throttled && (error.$metadata?.httpStatusCode ?? 500) < 500;
}
