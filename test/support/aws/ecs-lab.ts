/** A Lab on the loopback AWS with its load generators. */
import { ECS } from '@aws-sdk/client-ecs';
import { FargateGenerator, type FargateGeneratorOptions } from '../../../lib/aws/fargate-generator.ts';
import { rfc3339 } from '../../../lib/core/plan/rfc3339.ts';
import { runTags } from '../../../lib/core/plan/tags.ts';
import { resourceName } from '../../../lib/engine/workflow/names.ts';
import { MemoryStore } from '../memory-store.ts';
import { BucketStore } from './bucket-store.ts';
import { LoopbackAws } from './loopback-aws.ts';
import { ecsWith } from './services/ecs.ts';
import { detailOf, EcsCloud, type EcsCloudOptions } from './services/ecs-cloud.ts';
import { cluster } from './world.ts';

export class EcsLab {
  /** The results bucket. */
  readonly bucket: BucketStore;
  readonly cloud: EcsCloud;
  readonly aws: LoopbackAws;
  private readonly ecs: ECS;
  private readonly stores = new Map<string, MemoryStore>();

  private constructor(bucket: BucketStore, cloud: EcsCloud, aws: LoopbackAws) {
    this.bucket = bucket;
    this.cloud = cloud;
    this.aws = aws;
    this.ecs = new ECS(aws.config);
  }

  static async start(options: EcsCloudOptions, bucket = new BucketStore()): Promise<EcsLab> {
    const cloud = new EcsCloud(options);
    const aws = await LoopbackAws.start({ ecs: ecsWith(cloud) });
    aws.world.buckets.set('results', bucket.objects);
    return new EcsLab(bucket, cloud, aws);
  }

  runStore(runId: string): MemoryStore {
    const store = this.stores.get(runId) ?? new MemoryStore();
    this.stores.set(runId, store);
    return store;
  }

  tags(runId = 'run-1') {
    const expiresAt = rfc3339(this.aws.world.nowMs + 3_600_000);
    return runTags({ runId, expiresAt, experiment: 'e', deployment: 'd' });
  }

  generator(runId = 'run-1', change: Partial<FargateGeneratorOptions> = {}): FargateGenerator {
    const { world } = this.aws;
    return new FargateGenerator({
      runId,
      ecs: this.ecs,
      region: 'us-east-1',
      lab: {
        subnets: ['subnet-a', 'subnet-b'],
        loadTask: {
          cluster,
          definition: 'arn:aws:ecs:us-east-1:123456789012:task-definition/generator:1',
          container: 'loadgen',
          securityGroup: 'sg-1',
          assignPublicIp: 'ENABLED',
          vcpu: 2,
          memoryGib: 4,
          architecture: 'arm64',
        },
      },
      exchange: this.bucket,
      store: this.runStore(runId),
      clock: { nowMs: () => world.nowMs, nowIso: () => new Date(world.nowMs).toISOString() },
      nameOf: resourceName,
      ...change,
    });
  }

  /** The tasks of a job. */
  tasksOf(handle: string) {
    return [...this.aws.world.things.values()].filter((t) => t.kind === 'task' && detailOf(t).startedBy === handle);
  }

  crash(handle: string, how: Parameters<EcsCloud['crash']>[2]): void {
    for (const task of this.tasksOf(handle)) {
      if (detailOf(task).desired === 'RUNNING') this.cloud.crash(this.aws.world, task, how);
    }
  }
}
