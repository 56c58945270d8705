/** What exists in the cloud that the loopback AWS plays: with a clock of its own, faults on demand, a record of calls. */

export type ThingKind = 'endpoint' | 'endpoint-config' | 'model' | 'instance' | 'task' | 'schedule' | 'volume';

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
}

export interface Fault {
  /** `service:Operation`. */
  call: string;
  /** Only requests that name this; every request when left out. */
  about?: string;
  code: string;
  message: string;
  status?: number;
  /** How often; for ever when left out. */
  times?: number;
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

export const region = 'us-east-1';
export const account = '123456789012';
export const deadlineGroup = 'guard-deadlines';

/** How long a deletion takes once it is accepted. */
const DELETION_MS = 60_000;
/** Listed, yet over. */
const OVER = ['terminated', 'STOPPED'];

export class AwsWorld {
  nowMs = Date.parse('2026-01-31T12:00:00Z');
  readonly things = new Map<string, Thing>();
  readonly faults: Fault[] = [];
  /** Every request: `service:Operation`. */
  readonly calls: string[] = [];
  readonly metrics: { namespace: string; name: string; value: number; dimensions: Record<string, string> }[] = [];
  /** What AWS would have let happen and a user would have paid for. */
  readonly mistakes: string[] = [];

  add(kind: ThingKind, name: string, o: Partial<Thing> = {}): Thing {
    const thing: Thing = { kind, name, arn: arnOf(kind, name), tags: {}, status: INITIAL[kind], ...o };
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
    thing.becomes = { status: over, atMs: this.nowMs + DELETION_MS };
  }

  /** Called with every request: notes it, and throws what was ordered. */
  admit(call: string, body: string): void {
    this.calls.push(call);
    const fault = this.faults.find(
      (f) => f.call === call && (f.about === undefined || body.includes(f.about)) && (f.times ?? 1) > 0,
    );
    if (!fault) return;
    if (fault.times !== undefined) fault.times -= 1;
    throw new ServiceError(fault.code, fault.message, fault.status);
  }

  private settle(): void {
    for (const thing of this.things.values()) {
      if (!thing.becomes || thing.becomes.atMs > this.nowMs) continue;
      if (thing.becomes.status === null) this.things.delete(thing.arn);
      else thing.status = thing.becomes.status;
      delete thing.becomes;
    }
  }
}

const INITIAL: Record<ThingKind, string> = {
  endpoint: 'InService',
  'endpoint-config': 'exists',
  model: 'exists',
  instance: 'running',
  task: 'RUNNING',
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
