/**
 * What AWS would bill for what exists in the loopback: from the accepted create to the first listing that would have shown
 * a resource and did not. It shares nothing with the kit's own arithmetic, which is judged by it.
 */
import type { LoopbackAws } from './loopback-aws.ts';
import type { AwsRequest } from './service.ts';
import type { Thing, ThingKind } from './world.ts';

export interface MeterPrices {
  /** USD per hour of one instance, `ml.` types and EC2's. */
  instances: Record<string, number>;
  /** The same of those bought as Spot. @default as the others */
  spot?: Record<string, number>;
  /** USD per hour of one volume. @default 0 */
  volume?: number;
  /** USD per hour of a public IPv4 address: each instance of EC2 and each task has one. @default 0 */
  address?: number;
  /** Fargate, USD per hour. */
  fargate?: { vcpu: number; gib: number };
  /** Of a task whose definition nobody told. @default 1 vCPU, 2 GiB */
  task?: { vcpu: number; gib: number };
}

export interface MeterLine {
  arn: string;
  kind: ThingKind;
  fromMs: number;
  /** null: not confirmed to be gone, billed until now. */
  untilMs: number | null;
  usdPerHour: number;
  usd: number;
}

type Open = Omit<MeterLine, 'usd'> & { name: string };

/** The listing in which one of a kind would stand. */
const LISTINGS: Partial<Record<ThingKind, string>> = {
  endpoint: 'sagemaker:ListEndpoints',
  instance: 'ec2:DescribeInstances',
  // A volume ends with its instance (DeleteOnTermination), and no listing of the kit shows it.
  volume: 'ec2:DescribeInstances',
};

const OVER = ['terminated', 'STOPPED'];
/** Instances, endpoints and tasks are billed by the second, at least a minute. */
const MINIMUM_SECONDS = 60;

export class BillMeter {
  private readonly aws: LoopbackAws;
  private readonly prices: MeterPrices;
  private readonly open = new Map<string, Open>();

  constructor(aws: LoopbackAws, prices: MeterPrices) {
    this.aws = aws;
    this.prices = prices;
    // Every create is seen before it can be over: whoever looks at the world moves it first.
    aws.world.movers.add(() => this.note());
    aws.witnesses.push(({ service, operation, request }) => this.listed(`${service.iam}:${operation}`, request));
  }

  lines(): MeterLine[] {
    this.note();
    return [...this.open.values()].map(({ name: _, ...line }) => {
      const seconds = ((line.untilMs ?? this.aws.world.nowMs) - line.fromMs) / 1000;
      return { ...line, usd: (line.usdPerHour * Math.max(MINIMUM_SECONDS, seconds)) / 3600 };
    });
  }

  usd(): number {
    return this.lines().reduce((sum, { usd }) => sum + usd, 0);
  }

  private note(): void {
    for (const thing of this.aws.world.things.values()) {
      const { arn, kind, name, createdMs } = thing;
      const key = `${arn}@${createdMs}`;
      const known = this.open.get(key);
      // Fargate's own end of the bill: "until the task terminates" (pricing page), as DescribeTasks says it.
      if (known && kind === 'task')
        known.untilMs = (thing.detail as { stoppedMs?: number } | undefined)?.stoppedMs ?? null;
      if (known || (LISTINGS[kind] === undefined && kind !== 'task')) continue;
      const usdPerHour = this.priceOf(thing);
      this.open.set(key, { arn, kind, name, fromMs: createdMs, untilMs: null, usdPerHour });
    }
  }

  /** By the listing itself, not by what a client makes of it. */
  private listed(call: string, { body }: AwsRequest): void {
    const { world } = this.aws;
    world.alive();
    const asked = /"NameContains":"([^"]*)"/.exec(body.toString())?.[1] ?? '';
    for (const line of this.open.values()) {
      if (line.untilMs !== null || line.kind === 'task' || LISTINGS[line.kind] !== call || !line.name.includes(asked))
        continue;
      const thing = world.things.get(line.arn);
      const gone = thing === undefined || thing.createdMs !== line.fromMs || OVER.includes(thing.status);
      if (gone) line.untilMs = world.nowMs;
    }
  }

  private priceOf({ kind, detail, arn }: Thing): number {
    const { instances, spot, volume = 0, address = 0, fargate, task = { vcpu: 1, gib: 2 } } = this.prices;
    const known = (detail ?? {}) as {
      type?: string;
      spot?: boolean;
      vcpu?: number;
      memoryGib?: number;
      variant?: { InstanceType: string; InitialInstanceCount: number };
    };
    if (kind === 'volume') return volume;
    if (kind === 'task') {
      const { vcpu = task.vcpu, memoryGib = task.gib } = known;
      return (fargate?.vcpu ?? 0) * vcpu + (fargate?.gib ?? 0) * memoryGib + address;
    }
    const type = known.variant?.InstanceType ?? known.type;
    const bought = known.spot ? (spot ?? instances) : instances;
    const price = type === undefined ? undefined : bought[type];
    if (price === undefined) throw new Error(`the meter has no price for ${arn} (${type ?? 'of no known type'})`);
    return price * (known.variant?.InitialInstanceCount ?? 1) + (kind === 'instance' ? address : 0);
  }
}
