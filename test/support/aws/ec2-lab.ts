/** A Lab on the loopback AWS with its EC2 hosts, and targets as controllers open them. */
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { EC2 } from '@aws-sdk/client-ec2';
import { Ec2Target } from '../../../lib/aws/ec2-target.ts';
import type { HostSite } from '../../../lib/core/catalog/lab.ts';
import type { PlannedDeployment } from '../../../lib/core/plan/plan.ts';
import { rfc3339 } from '../../../lib/core/plan/rfc3339.ts';
import { runTags } from '../../../lib/core/plan/tags.ts';
import type { DeployRequest } from '../../../lib/core/ports/target.ts';
import { MemoryStore } from '../memory-store.ts';
import { emulatedPlan } from '../plans.ts';
import { LoopbackAws } from './loopback-aws.ts';
import { ec2With } from './services/ec2.ts';
import { Ec2Cloud, type Ec2CloudOptions } from './services/ec2-cloud.ts';
import { hostLogs } from './services/host-logs.ts';

export const site: HostSite = {
  subnets: ['subnet-a', 'subnet-b'],
  hostLogGroup: 'hosts',
  launchTemplates: {
    c7i: { id: 'lt-c7i', version: '3', maximumTtlMinutes: 240 },
    g4dn: { id: 'lt-g4dn', version: '1', maximumTtlMinutes: 240 },
  },
};

export class Ec2Lab {
  readonly store = new MemoryStore();
  readonly cloud: Ec2Cloud;
  readonly aws: LoopbackAws;

  private readonly clients: { ec2: EC2; logs: CloudWatchLogs };

  private constructor(cloud: Ec2Cloud, store: MemoryStore, aws: LoopbackAws) {
    this.cloud = cloud;
    this.store = store;
    this.aws = aws;
    this.clients = { ec2: new EC2(aws.config), logs: new CloudWatchLogs(aws.config) };
  }

  static async start(options: Omit<Ec2CloudOptions, 'documents' | 'templates'>): Promise<Ec2Lab> {
    const store = new MemoryStore();
    const cloud = new Ec2Cloud({ documents: store, templates: ['lt-c7i', 'lt-g4dn'], ...options });
    return new Ec2Lab(cloud, store, await LoopbackAws.start({ ec2: ec2With(cloud), logs: hostLogs(cloud.streams) }));
  }

  get clock() {
    const { world } = this.aws;
    return { nowMs: () => world.nowMs, nowIso: () => new Date(world.nowMs).toISOString() };
  }

  /** What every user of hosts needs. */
  get hosts() {
    return {
      ...this.clients,
      site,
      bucket: { name: 'results', store: this.store },
      clock: this.clock,
      image: async (name: string) =>
        `123456789012.dkr.ecr.us-east-1.amazonaws.com/infersweep/${name}@sha256:${'a'.repeat(64)}`,
    };
  }

  target(runId = 'run-1'): Ec2Target {
    return new Ec2Target({ runId, ...this.hosts });
  }

  request(
    name: string,
    change: Partial<DeployRequest> & Partial<PlannedDeployment['configuration']> = {},
  ): DeployRequest {
    const planned = emulatedPlan({ runtimes: [{ reference: {} }] }).deployments[0]!;
    const { instanceType = 'c7i.xlarge', parameters = planned.configuration.parameters, runId = 'run-1' } = change;
    const expiresAt = rfc3339(this.aws.world.nowMs + 3_600_000);
    return {
      runId,
      name,
      deployment: {
        ...planned,
        purchase: 'on-demand',
        configuration: { ...planned.configuration, target: 'ec2', instanceType, parameters },
        ...change.deployment,
      },
      artifact: change.artifact ?? '',
      tokenizer: null,
      ttlSeconds: change.ttlSeconds ?? 3600,
      tags: change.tags ?? runTags({ runId, expiresAt, experiment: 'e', deployment: name }),
    };
  }
}
