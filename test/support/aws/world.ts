/** What exists in the cloud that the loopback AWS plays: with a clock of its own, faults on demand, a record of calls. */
import type { TargetGroup } from './services/elastic-load-balancing.ts';

export type ThingKind =
  | 'endpoint'
  | 'endpoint-config'
  | 'model'
  | 'instance'
  | 'task'
  | 'service'
  | 'schedule'
  | 'volume';

export interface Thing {
  kind: ThingKind;
  arn: string;
  name: string;
  tags: Record<string, string>;
  /** The service's own word. */
  status: string;
  /** What it turns into by itself; `null` is gone. */
  becomes?: { status: string | null; atMs: number };
  /** Created, billed, and not yet seen by anybody who asks. */
  visibleFromMs?: number;
  /** Schedules: what they hand their target. */
  input?: string;
  /** What else its create call said, in the service's own words. */
  detail?: Record<string, unknown>;
  createdMs: number;
}

export interface Fault {
  /** `service:Operation`. */
  call: string;
  /** Only requests that name this; every request when left out. */
  about?: string;
  code: string;
  message: string;
  status?: number;
  /** `answer`: the call has its effect, and the connection breaks before anybody hears of it. */
  lost?: 'answer';
  /** How often; for ever when left out. */
  times?: number;
  /** So many of these requests pass first. @default 0 */
  after?: number;
}

/** An error in the words of a service; each protocol writes it in its own shape. */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Who signs with an access key of its own. */
export interface RoleSession {
  roleArn: string;
  sessionName: string;
  expiresMs: number;
}

/** As far as IAM asks: the rest of a launch says nothing about rights. */
export interface LaunchTemplate {
  imageId: string;
  securityGroupIds: string[];
  /** Of its instance profile. */
  roleArn?: string;
  metadataHttpTokens?: 'required' | 'optional';
}

/** Of a Lambda function: throws as its code does. */
export type FunctionCode = (event: unknown) => Promise<unknown>;

export const region = 'us-east-1';
export const account = '123456789012';
export const deadlineGroup = 'guard-deadlines';

/** Listed, yet over. */
const OVER = ['terminated', 'STOPPED'];

export class AwsWorld {
  nowMs = Date.parse('2026-01-31T12:00:00Z');
  /** How long a deletion takes once it is accepted. */
  deletionSeconds = 60;
  readonly things = new Map<string, Thing>();
  readonly faults: Fault[] = [];
  /** Every request: `service:Operation`. */
  readonly calls: string[] = [];
  /** Alarms, as DescribeAlarms words them. */
  readonly alarms: { AlarmName: string; [member: string]: unknown }[] = [];
  /** Of Application Auto Scaling, as DescribeScalingActivities words them; newest first. */
  readonly activities: { ServiceNamespace: string; ResourceId: string; [member: string]: unknown }[] = [];
  /** Of load balancers, by ARN. */
  readonly targetGroups = new Map<string, TargetGroup>();
  readonly metrics: { namespace: string; name: string; value: number; dimensions: Record<string, string> }[] = [];
  /** By access key. */
  readonly sessions = new Map<string, RoleSession>();
  /** By ARN. */
  readonly functions = new Map<string, FunctionCode>();
  /** What IAM refused, to which role. */
  readonly denials: { roleArn: string; action: string; resource: string }[] = [];
  /** Objects by bucket and key. */
  readonly buckets = new Map<string, Map<string, Buffer>>();
  /** SSM's, by name. */
  readonly parameters: Record<string, string> = {};
  /** By id and by name: what a launch takes from one. */
  readonly launchTemplates = new Map<string, LaunchTemplate>();
  /** By ARN: the roles that a task is handed. */
  readonly taskDefinitions = new Map<string, { roleArns: string[] }>();
  /** What no target took, by the ARN of its queue. */
  readonly deadLetters: { queueArn: string; input: string }[] = [];
  /** What AWS would have let happen and a user would have paid for. */
  readonly mistakes: string[] = [];
  /** What else happens as time passes; called whenever somebody looks. */
  readonly movers = new Set<(world: AwsWorld) => void>();

  add(kind: ThingKind, name: string, o: Partial<Thing> = {}): Thing {
    const thing: Thing = {
      kind,
      name,
      arn: arnOf(kind, name),
      tags: {},
      status: INITIAL[kind],
      createdMs: this.nowMs,
      ...o,
    };
    this.things.set(thing.arn, thing);
    return thing;
  }

  advance(seconds: number): void {
    this.nowMs += seconds * 1000;
  }

  /** What would still be billed, or lie about. */
  alive(): string[] {
    this.settle();
    return [...this.things.values()].filter(({ status }) => !OVER.includes(status)).map(({ arn }) => arn);
  }

  of(kind: ThingKind): Thing[] {
    return this.visible().filter((thing) => thing.kind === kind);
  }

  visible(): Thing[] {
    this.settle();
    return [...this.things.values()].filter(({ visibleFromMs }) => (visibleFromMs ?? 0) <= this.nowMs);
  }

  find(kind: ThingKind, name: string): Thing | undefined {
    return this.of(kind).find((thing) => thing.name === name || thing.arn === name);
  }

  /** Deletion takes its time; `over` is what a service goes on listing afterwards. */
  end(thing: Thing, meanwhile: string, over: string | null = null): void {
    if (thing.status === meanwhile) return;
    thing.status = meanwhile;
    thing.becomes = { status: over, atMs: this.nowMs + this.deletionSeconds * 1000 };
  }

  /** Called with every request: notes it, and throws what was ordered. Returns a fault that comes after the effect. */
  admit(call: string, { url, body }: { url: URL; body: Buffer }): Fault | undefined {
    this.calls.push(call);
    const text = `${url.pathname}${url.search} ${body}`;
    const fault = this.faults.find(
      (f) => f.call === call && (f.about === undefined || text.includes(f.about)) && (f.times ?? 1) > 0 && !passes(f),
    );
    if (!fault) return undefined;
    if (fault.times !== undefined) fault.times -= 1;
    if (fault.lost === 'answer') return fault;
    throw new ServiceError(fault.code, fault.message, fault.status);
  }

  private settle(): void {
    for (const move of this.movers) move(this);
    for (const thing of this.things.values()) {
      if (!thing.becomes || thing.becomes.atMs > this.nowMs) continue;
      if (thing.becomes.status === null) this.things.delete(thing.arn);
      else thing.status = thing.becomes.status;
      delete thing.becomes;
    }
  }
}

/** One less will. */
function passes(fault: Fault): boolean {
  if ((fault.after ?? 0) === 0) return false;
  fault.after! -= 1;
  return true;
}

const INITIAL: Record<ThingKind, string> = {
  endpoint: 'InService',
  'endpoint-config': 'exists',
  model: 'exists',
  instance: 'running',
  task: 'RUNNING',
  service: 'ACTIVE',
  schedule: 'ENABLED',
  volume: 'in-use',
};

export const cluster = `arn:aws:ecs:${region}:${account}:cluster/lab`;

function arnOf(kind: ThingKind, name: string): string {
  const at = (service: string, rest: string) => `arn:aws:${service}:${region}:${account}:${rest}`;
  switch (kind) {
    case 'instance':
    case 'volume':
      return at('ec2', `${kind}/${name}`);
    case 'task':
      return at('ecs', `task/lab/${name}`);
    case 'service':
      return at('ecs', `service/${name}`);
    case 'schedule':
      return at('scheduler', `schedule/${deadlineGroup}/${name}`);
    default:
      return at('sagemaker', `${kind}/${name}`);
  }
}

/** Pages of two, so that no listing is read in one go. */
export function page<T>(all: readonly T[], token: string | undefined | null): { items: T[]; next: string | undefined } {
  const from = Number(token || 0);
  return { items: all.slice(from, from + 2), next: from + 2 < all.length ? String(from + 2) : undefined };
}
