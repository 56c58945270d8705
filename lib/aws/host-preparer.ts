/** Preparation on AWS: from the artifacts bucket where it was made before, else by a host of the device that will serve it. */
import { createHash } from 'node:crypto';
import { billedUsd, holdUsd } from '../core/plan/hold.ts';
import type { Preparation } from '../core/plan/plan.ts';
import { artifactPrefix, jobImageOf, jobRefusal, jobStart } from '../core/plan/preparation-job.ts';
import { TARGET_TIMES } from '../core/plan/time-constants.ts';
import type { PreparationSeat, Preparer, PrepareState } from '../core/ports/preparer.ts';
import type { ListedResource } from '../core/ports/target.ts';
import { UPLOADED, type Uploaded } from './artifact-upload.ts';
import { Ec2Hosts, type Ec2HostsOptions } from './ec2-hosts.ts';
import { HostLog, type LogsApi } from './host-log.ts';

export interface HostPreparerOptions extends Ec2HostsOptions {
  logs: LogsApi;
  /** Reference of a kit's image in ECR, pinned by its digest. */
  image(name: string): Promise<string>;
  /** USD per hour of a host of an EC2 instance type, volume and address included; null where no price is known. */
  usdPerHour(instanceType: string): number | null;
}

type Artifact = { sha256: string };

export class HostPreparer implements Preparer {
  private readonly o: HostPreparerOptions;
  private readonly hosts: Ec2Hosts;
  private readonly log: HostLog;

  /** @param options `site` is the preparation site, `bucket` its artifacts bucket. */
  constructor(options: HostPreparerOptions) {
    this.o = options;
    this.hosts = new Ec2Hosts(options);
    this.log = new HostLog(options.logs, options.site.hostLogGroup);
  }

  refuses(preparation: Preparation): string | null {
    const refusal = jobRefusal(preparation);
    if (refusal !== null) return refusal;
    const type = preparation.needs!;
    const family = type.split('.')[0]!;
    if (this.o.site.launchTemplates[family] === undefined) {
      return `needs ${type}: deploy Images with ${family} among its preparationFamilies`;
    }
    return this.o.usdPerHour(type) === null ? `needs ${type}, whose price is not known: state it in prices` : null;
  }

  async usdAtMost(preparation: Preparation, ttlSeconds: number): Promise<number> {
    if (this.refuses(preparation) !== null || (await this.artifact(preparation.id)) !== null) return 0;
    return holdUsd('ec2', this.o.usdPerHour(preparation.needs!), ttlSeconds);
  }

  async start(preparation: Preparation, { name, ttlSeconds, tags }: PreparationSeat): Promise<string> {
    // All that a new controller needs to look at it.
    const handle = JSON.stringify({ name, id: preparation.id, type: preparation.needs });
    if ((await this.artifact(preparation.id)) !== null) return handle;
    const refusal = this.refuses(preparation);
    if (refusal !== null) {
      await this.note(name, refusal);
      return handle;
    }
    const { deploySeconds, teardownSeconds } = TARGET_TIMES.ec2;
    const start = jobStart(preparation, {
      image: await this.o.image(jobImageOf(preparation.kind)!),
      bucket: this.o.bucket.name,
      // It must end, and say why, before its host does.
      limitSeconds: Math.max(60, ttlSeconds - deploySeconds - teardownSeconds),
    });
    const answer = await this.hosts.launch({
      name,
      instanceType: preparation.needs!,
      purchase: 'on-demand',
      ttlSeconds,
      tags,
      start,
    });
    if (answer.state === 'refused') await this.note(name, `${answer.code}: ${answer.reason}`);
    return handle;
  }

  async check(handle: string): Promise<PrepareState> {
    const { name, id, type } = JSON.parse(handle) as { name: string; id: string; type: string | null };
    const host = await this.hosts.find(name);
    if (host === null) {
      const artifact = await this.artifact(id);
      if (artifact !== null) return this.done(id, artifact, { cached: true, seconds: 0, usd: 0 });
      const refusal = await this.o.bucket.store.get(this.noteKey(name));
      if (refusal !== null) return { state: 'failed', reason: refusal, usd: 0 };
      if (await this.hosts.mayBeHidden(name)) return { state: 'running', message: 'its host is being made' };
      return { state: 'failed', reason: 'its host is gone and left no artifact' };
    }
    const events = await this.log.events(host.InstanceId!);
    const last = events.at(-1);
    if (host.State!.Name !== 'terminated') {
      const over = last?.event === 'finished' || last?.event === 'failed';
      if (over) await this.hosts.end(name);
      return {
        state: 'running',
        message: over ? 'its host is ending' : `on ${type}: ${last?.event ?? host.State!.Name}`,
      };
    }
    const launchedMs = host.LaunchTime!.getTime();
    const usd = billedUsd('ec2', this.o.usdPerHour(type!), (this.o.clock.nowMs() - launchedMs) / 1000);
    const artifact = await this.artifact(id);
    // The script writes its manifest last, and the host uploads only what ended well.
    if (artifact !== null && last?.event === 'finished') {
      return this.done(id, artifact, { cached: false, seconds: (last.atMs - launchedMs) / 1000, usd });
    }
    const why = last?.event === 'failed' ? String(last['reason']) : (host.StateReason?.Message ?? 'its host ended');
    return { state: 'failed', reason: why, usd };
  }

  async stop(handle: string): Promise<void> {
    await this.hosts.end((JSON.parse(handle) as { name: string }).name);
  }

  destroy(name: string): Promise<void> {
    return this.hosts.end(name);
  }

  list(runId: string): Promise<ListedResource[]> {
    return this.hosts.list(runId);
  }

  private done(id: string, { sha256 }: Artifact, o: { cached: boolean; seconds: number; usd: number }): PrepareState {
    return { state: 'done', artifact: `s3://${this.o.bucket.name}/${artifactPrefix({ id })}`, sha256, ...o };
  }

  private async artifact(id: string): Promise<Artifact | null> {
    const { store } = this.o.bucket;
    const uploaded = await store.get(`${artifactPrefix({ id })}${UPLOADED}`);
    if (uploaded !== null) return JSON.parse(uploaded) as Uploaded;
    const manifest = await store.get(`${artifactPrefix({ id })}manifest.json`);
    return manifest === null ? null : { sha256: createHash('sha256').update(manifest).digest('hex') };
  }

  /** Why nothing was launched, for whoever looks at it. */
  private note(name: string, reason: string): Promise<void> {
    return this.o.bucket.store.put(this.noteKey(name), reason);
  }

  private noteKey(name: string): string {
    return `hosts/${this.o.runId}/${name}.refused`;
  }
}
