/**
 * An ECS service of the loopback AWS behind an Application Load Balancer, as `ProductionStack` makes one: real servers for its
 * tasks. Scaling sets the desired count, tasks start as far as there are instances, and take requests once they pass the health
 * check. Sources: ECS API reference (Service: `desiredCount`, `runningCount`, `pendingCount`) and developer guide, "Cluster auto
 * scaling" (tasks wait in PROVISIONING for an instance); Elastic Load Balancing, "Health checks" (one passed check makes a new
 * target healthy; `Target.ResponseCodeMismatch`).
 */
import { LoopbackAws } from './loopback-aws.ts';
import { ServerFleet, type ServerOptions } from './server-fleet.ts';
import type { TargetGroup } from './services/elastic-load-balancing.ts';
import { type Tracked, trackTarget } from './target-tracking.ts';
import { account, region } from './world.ts';

export interface ScaledServiceOptions {
  cluster: string;
  name: string;
  tags: Record<string, string>;
  server: ServerOptions;
  /** Requests per instance and second at which it scales out. */
  targetPerSecond: number;
  maxCapacity: number;
  /** Instances that EC2 has. */
  available: number;
  /** Tasks that pass the health check; those after them never do. @default all */
  healthy?: number;
  /** Tasks at first. @default 1 */
  initial?: number;
  /** @default HTTP */
  protocol?: 'HTTP' | 'HTTPS';
}

/** Answers every request with 503. */
const SICK: ServerOptions = { serviceMs: 1, slots: 0, queueBound: 0 };

export class ScaledService {
  readonly aws: LoopbackAws;
  private readonly end: () => void;

  private constructor(aws: LoopbackAws, end: () => void) {
    this.aws = aws;
    this.end = end;
  }

  static async start(o: ScaledServiceOptions): Promise<ScaledService> {
    const aws = await LoopbackAws.start();
    const fleet = await ServerFleet.start();
    const arn = `arn:aws:elasticloadbalancing:${region}:${account}`;
    const groupArn = `${arn}:targetgroup/${o.name}/73e2d6bc24d8a067`;
    const group: TargetGroup = {
      arn: groupArn,
      balancer: { arn: `${arn}:loadbalancer/app/${o.name}/50dc6c495c0c9188`, dnsName: '127.0.0.1' },
      listeners: [
        { port: 1, protocol: 'HTTP', forwards: false },
        { port: fleet.port, protocol: o.protocol ?? 'HTTP', forwards: true },
      ],
      targets: [],
    };
    aws.world.targetGroups.set(groupArn, group);
    let desired = o.initial ?? 1;
    aws.world.add('service', `${o.cluster}/${o.name}`, {
      tags: o.tags,
      detail: {
        targetGroupArn: groupArn,
        counts: () => ({
          desiredCount: desired,
          runningCount: fleet.instances.length,
          pendingCount: desired - fleet.instances.length,
        }),
      },
    });
    const place = async () => {
      while (fleet.instances.length < Math.min(desired, o.available)) {
        const sick = fleet.instances.length >= (o.healthy ?? o.available);
        const instance = await fleet.add(sick ? SICK : o.server, false);
        const target = { id: '127.0.0.1', port: instance.port, state: 'initial', reason: 'Elb.InitialHealthChecking' };
        group.targets.push(target);
        const { ok } = await fetch(`http://127.0.0.1:${instance.port}/v2/health/ready`);
        instance.serves = ok;
        Object.assign(target, ok ? { state: 'healthy', reason: undefined } : UNHEALTHY);
      }
    };
    await place();
    const tracked: Tracked = {
      ServiceNamespace: 'ecs',
      ResourceId: `service/${o.cluster}/${o.name}`,
      ScalableDimension: 'ecs:service:DesiredCount',
      MetricName: 'RequestCountPerTarget',
    };
    const end = trackTarget(aws.world, {
      ...tracked,
      Threshold: o.targetPerSecond,
      Period: 1,
      EvaluationPeriods: 2,
      maxCapacity: o.maxCapacity,
      take: () => fleet.take(),
      serving: () => fleet.instances.filter(({ serves }) => serves).length,
      desired: () => desired,
      scale: (wanted) => {
        desired = wanted;
        void place();
        return null;
      },
    });
    return new ScaledService(aws, () => {
      end();
      fleet.close();
    });
  }

  get world() {
    return this.aws.world;
  }

  async close(): Promise<void> {
    this.end();
    await this.aws.close();
  }
}

const UNHEALTHY = { state: 'unhealthy', reason: 'Target.ResponseCodeMismatch' };
