/** A world without processes or clocks for tests of the engine: what exists, what was asked, what breaks. */
import type { LoadJob, LoadResult } from '../../lib/core/load/job.ts';
import type { Measurement } from '../../lib/core/measure/measurement.ts';
import type { Plan } from '../../lib/core/plan/plan.ts';
import type { RunEvent } from '../../lib/core/ports/progress.ts';
import type { SkippedTrial } from '../../lib/core/ports/records.ts';
import type { StopReason } from '../../lib/core/ports/stop.ts';
import type { EnginePorts } from '../../lib/engine/ports.ts';
import { diesWithParent, unbilled } from '../../lib/local/unbilled.ts';
import { playedResult } from './played-load.ts';

export interface Faults {
  /** Deployment ids whose server never gets healthy. */
  unhealthy?: string[];
  /** Deployment ids that answer wrongly. */
  wrong?: string[];
  /** Deployment ids whose deploy is refused. */
  refused?: string[];
  /** Resources that no destroy call can end. */
  immortal?: boolean;
  /** Deployment ids that are gone whenever somebody looks. */
  vanishing?: string[];
  /** The generator fails outright. */
  generatorFails?: boolean;
}

/** Answers per second that a deployment gives, by its position in the plan, so that the order of merit is known. */
const RATES = [100, 400, 200, 300];

export class FakeWorld {
  readonly plan: Plan;
  readonly faults: Faults;
  readonly alive = new Map<string, string>();
  readonly objects = new Map<string, string>();
  readonly records: Measurement[] = [];
  readonly skips: SkippedTrial[] = [];
  readonly events: RunEvent[] = [];
  /** Job id → looks left until it is done; null when a crash took it. */
  private readonly jobs = new Map<string, { job: LoadJob; looks: number; dead: boolean }>();
  stopAsked: StopReason | null = null;
  loadsStarted = 0;
  prepared = 0;
  mostAlive = 0;
  private time = 0;

  constructor(plan: Plan, faults: Faults = {}) {
    this.plan = plan;
    this.faults = faults;
    this.objects.set('plan.json', JSON.stringify(plan));
    const input = (i: number) => ({
      id: String(i),
      inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 1], data: [i] }],
    });
    const output = (i: number) => ({
      id: String(i),
      outputs: [{ name: 'y', datatype: 'FP32', shape: [1, 1], data: [i] }],
    });
    this.objects.set('inputs.jsonl', [1, 2].map((i) => JSON.stringify(input(i))).join('\n'));
    this.objects.set('golden.jsonl', [1, 2].map((i) => JSON.stringify(output(i))).join('\n'));
  }

  /** The controller dies: processes on this machine die with it, what a cloud would hold stays. */
  crash(o: { takesDeployments: boolean }): void {
    for (const job of this.jobs.values()) job.dead = true;
    if (o.takesDeployments) this.alive.clear();
  }

  /** Ports for one life of the controller; after `cut` they answer nothing any more. */
  ports(): EnginePorts & { cut(): void } {
    let gone = false;
    const reach = <T>(value: () => T): Promise<T> =>
      gone ? new Promise<T>(() => undefined) : Promise.resolve().then(value);
    return {
      cut: () => {
        gone = true;
      },
      runId: 'run-1',
      targets: {
        local: {
          preflight: async () => [],
          deploy: (r) =>
            reach(() => {
              if (this.faults.refused?.includes(r.deployment.id)) throw new Error('quota');
              this.alive.set(r.name, r.deployment.id);
              this.mostAlive = Math.max(this.mostAlive, this.alive.size);
              return { state: 'accepted', acceptedAtMs: this.time };
            }),
          ready: (name) =>
            reach(() => {
              const id = this.alive.get(name);
              const base = { reason: null, url: null, startupSeconds: null, facts: {} };
              if (id === undefined || this.faults.vanishing?.includes(id)) return { ...base, state: 'gone' as const };
              if (this.faults.unhealthy?.includes(id)) return { ...base, state: 'failed' as const, reason: 'no /ping' };
              return {
                ...base,
                state: 'ready' as const,
                url: `http://127.0.0.1/${encodeURIComponent(this.addressOf(name, id))}`,
                startupSeconds: 1,
              };
            }),
          logs: async () => '',
          destroy: (name) =>
            reach(() => {
              if (!this.faults.immortal) this.alive.delete(name);
            }),
          list: () =>
            reach(() =>
              [...this.alive.keys()].map((name) => ({ kind: 'process', id: name, name, endCommand: `kill ${name}` })),
            ),
        },
      },
      holders: [],
      ledger: unbilled,
      deadlines: diesWithParent,
      generator: {
        start: (job) =>
          reach(() => {
            const known = this.jobs.get(job.id);
            if (!known || known.dead) {
              this.jobs.set(job.id, { job, looks: 2, dead: false });
              if (job.segments[0]!.shape.kind !== 'once') this.loadsStarted++;
            }
            return job.id;
          }),
        check: (handle) =>
          reach(() => {
            const job = this.jobs.get(handle);
            if (!job || job.dead) return { state: 'lost' as const };
            if (this.faults.generatorFails && job.job.segments[0]!.shape.kind !== 'once') {
              return { state: 'failed' as const, reason: 'out of sockets' };
            }
            if (job.looks-- > 0) return { state: 'running' as const, progress: null };
            const key = `load/${handle.replace(/[^a-z0-9]+/g, '-')}.json`;
            this.objects.set(key, JSON.stringify(this.resultOf(job.job)));
            return { state: 'done' as const, resultKey: key };
          }),
        stop: () => reach(() => undefined),
      },
      preparer: {
        start: (p) => reach(() => p.id),
        check: (handle) =>
          reach(() => {
            this.prepared++;
            return {
              state: 'done' as const,
              artifact: `/artifacts/${handle}`,
              sha256: 'ab',
              cached: false,
              seconds: 1,
            };
          }),
      },
      store: {
        put: (key, text) => reach(() => void this.objects.set(key, text)),
        get: (key) => reach(() => this.objects.get(key) ?? null),
        list: (prefix) => reach(() => [...this.objects.keys()].filter((k) => k.startsWith(prefix)).sort()),
      },
      records: {
        append: (m) =>
          reach(() => {
            if (!this.isTerminal(m.trial)) this.records.push(m);
          }),
        skip: (s) =>
          reach(() => {
            if (!this.isTerminal(s.trial)) this.skips.push(s);
          }),
        list: () => reach(() => [...this.records]),
        skipped: () => reach(() => [...this.skips]),
      },
      clock: { nowMs: () => ++this.time, nowIso: () => `2026-01-01T00:00:00.${String(++this.time).padStart(3, '0')}Z` },
      progress: { emit: (event) => void this.events.push(event) },
      stop: { read: () => reach(() => this.stopAsked) },
      versions: { kit: 'test' },
    };
  }

  private isTerminal(trial: string): boolean {
    return [...this.records, ...this.skips].some((r) => r.trial === trial);
  }

  /** Of a deployment, in its url. */
  protected addressOf(_name: string, id: string): string {
    return id;
  }

  /** The configuration that an endpoint serves. */
  protected idAt({ url }: { url: string }): string {
    return decodeURIComponent(url.split('/').at(-1)!);
  }

  protected resultOf(job: LoadJob): LoadResult {
    return playedResult(job, (endpoint) => {
      const id = this.idAt(job.endpoints[endpoint]!);
      return {
        ratePerSecond: RATES[this.plan.deployments.findIndex((d) => d.id === id) % RATES.length]!,
        isDown: ![...this.alive.values()].includes(id),
        isWrong: this.faults.wrong?.includes(id) ?? false,
      };
    });
  }
}
