/** SageMaker on the loopback AWS, and targets as controllers open them. */
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { SageMaker } from '@aws-sdk/client-sagemaker';
import { SagemakerTarget, type SagemakerTargetOptions } from '../../../lib/aws/sagemaker-target.ts';
import type { PlannedDeployment } from '../../../lib/core/plan/plan.ts';
import { rfc3339 } from '../../../lib/core/plan/rfc3339.ts';
import { runTags } from '../../../lib/core/plan/tags.ts';
import type { DeployRequest } from '../../../lib/core/ports/target.ts';
import { MemoryStore } from '../memory-store.ts';
import { emulatedPlan } from '../plans.ts';
import { LoopbackAws } from './loopback-aws.ts';
import { endpointLogs } from './services/endpoint-logs.ts';
import { sagemakerWith } from './services/sagemaker.ts';
import { SagemakerHosting, type SagemakerHostingOptions } from './services/sagemaker-hosting.ts';

const image = (name: string) =>
  `123456789012.dkr.ecr.us-east-1.amazonaws.com/infersweep/${name}@sha256:${'a'.repeat(64)}`;

export class SagemakerLab {
  readonly store = new MemoryStore();
  readonly hosting: SagemakerHosting;
  readonly aws: LoopbackAws;

  private constructor(hosting: SagemakerHosting, aws: LoopbackAws) {
    this.hosting = hosting;
    this.aws = aws;
  }

  static async start(options: SagemakerHostingOptions = {}): Promise<SagemakerLab> {
    const hosting = new SagemakerHosting(options);
    const services = { sagemaker: sagemakerWith(hosting), logs: endpointLogs(hosting) };
    return new SagemakerLab(hosting, await LoopbackAws.start(services));
  }

  get world() {
    return this.aws.world;
  }

  /** @param maxAttempts of its clients */
  target(runId = 'run-1', o: Partial<SagemakerTargetOptions> & { maxAttempts?: number } = {}): SagemakerTarget {
    const { config, url } = this.aws;
    const client = { ...config, maxAttempts: o.maxAttempts ?? 2 };
    return new SagemakerTarget({
      runId,
      sagemaker: new SageMaker(client),
      logs: new CloudWatchLogs(client),
      region: 'us-east-1',
      executionRole: 'arn:aws:iam::123456789012:role/infersweep/models',
      artifactsBucket: 'artifacts-bucket',
      store: this.store,
      clock: { nowMs: () => this.world.nowMs, nowIso: () => new Date(this.world.nowMs).toISOString() },
      image: async (name) => image(name),
      runtimeUrl: url,
      wait: async (seconds) => this.world.advance(seconds),
      ...o,
    });
  }

  request(
    name: string,
    change: Partial<DeployRequest> & Partial<PlannedDeployment['configuration']> = {},
  ): DeployRequest {
    const planned = emulatedPlan({ runtimes: [{ reference: {} }] }).deployments[0]!;
    const own = planned.configuration;
    const {
      instanceType = 'ml.c7i.xlarge',
      parameters = own.parameters,
      runtime = own.runtime,
      runId = 'run-1',
    } = change;
    const expiresAt = rfc3339(this.world.nowMs + 3_600_000);
    const configuration = { ...own, target: 'sagemaker' as const, instanceType, runtime, parameters };
    return {
      runId,
      name,
      deployment: { ...planned, configuration },
      artifact: change.artifact ?? '',
      tokenizer: change.tokenizer ?? null,
      ttlSeconds: 3600,
      tags: change.tags ?? runTags({ runId, expiresAt, experiment: 'e', deployment: name }),
    };
  }

  async close(): Promise<void> {
    await this.aws.close();
    await this.hosting.close();
  }
}
