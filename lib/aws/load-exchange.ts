/**
 * Where a job and its tasks meet: one folder for a job below the load prefix, one below it for each task. Which tasks were
 * asked for stands in its keys, so that one listing tells a new controller all of it.
 */
import { prefixes } from '../core/catalog/lab.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { LoadProgress } from '../core/ports/load-generator.ts';
import type { ObjectStore } from '../core/ports/object-store.ts';

export interface Part {
  /** Below `prefixes.load`: what the task gets as its argument. */
  key: string;
  /** Times that a task was asked for, and times that there was no capacity. */
  attempts: number;
  refusals: number;
  lastAskedMs: number;
  taskArn: string | null;
  hasResult: boolean;
}

export interface Exchange {
  parts: Part[];
  tags: { [key: string]: string };
  /** It was told to end. */
  stopping: boolean;
}

export class LoadExchange {
  private readonly store: ObjectStore;
  private readonly clock: Clock;
  private readonly folder: string;
  /** Objects that are written once: a job is looked at every few seconds, and each look costs a request. */
  private readonly known = new Map<string, string>();

  constructor(o: { store: ObjectStore; clock: Clock; runId: string }) {
    this.store = o.store;
    this.clock = o.clock;
    this.folder = `${o.runId}/`;
  }

  async open(handle: string, jobs: readonly object[], tags: { [key: string]: string }): Promise<void> {
    for (const [i, job] of jobs.entries()) await this.put(`${this.folder}${handle}/${i}/job.json`, job);
    // Last: a folder with this is complete.
    await this.put(`${this.folder}${handle}/tags.json`, tags);
  }

  /** null: no such job. */
  async read(handle: string): Promise<Exchange | null> {
    const folder = `${this.folder}${handle}/`;
    const tags = await this.once(`${folder}tags.json`);
    if (tags === null) return null;
    const keys = (await this.store.list(prefixes.load + folder)).map((key) => key.slice(prefixes.load.length));
    const parts: Part[] = [];
    for (let i = 0; keys.includes(`${folder}${i}/job.json`); i++) {
      const key = `${folder}${i}`;
      const own = keys.filter((k) => k.startsWith(`${key}/`)).map((k) => k.slice(key.length + 1));
      const asked = own.filter((k) => k.startsWith('asked.'));
      const task = own.includes('task.json') ? await this.once(`${key}/task.json`) : null;
      parts.push({
        key,
        attempts: new Set(asked.map((k) => k.split('.')[1])).size,
        refusals: own.filter((k) => k.startsWith('refused.')).length,
        lastAskedMs: Math.max(0, ...asked.map((k) => Number(k.split('.')[2]))),
        taskArn: task === null ? null : (JSON.parse(task) as { taskArn: string }).taskArn,
        hasResult: own.includes('result.json'),
      });
    }
    return { parts, tags: JSON.parse(tags), stopping: keys.includes(`${folder}stop.json`) };
  }

  stop(handle: string): Promise<void> {
    return this.put(`${this.folder}${handle}/stop.json`, {});
  }

  /** Noted each time, the same attempt included: a task may exist unseen from then on. */
  asked({ key }: Part, attempt: number): Promise<void> {
    return this.put(`${key}/asked.${attempt}.${this.clock.nowMs()}`, {});
  }

  refused({ key, refusals }: Part, reason: string): Promise<void> {
    return this.put(`${key}/refused.${refusals}`, { reason });
  }

  accepted({ key }: Part, taskArn: string): Promise<void> {
    return this.put(`${key}/task.json`, { taskArn });
  }

  /** Written by the task. */
  text(key: string, file: 'result.json' | 'progress.json' | 'error.txt'): Promise<string | null> {
    return this.store.get(`${prefixes.load}${key}/${file}`);
  }

  /** Of all tasks together; null while none has said anything. */
  async progress(parts: readonly Part[]): Promise<LoadProgress | null> {
    const said: LoadProgress[] = [];
    for (const { key } of parts) {
      const text = await this.text(key, 'progress.json');
      if (text !== null) said.push(JSON.parse(text));
    }
    const [first] = said;
    if (!first) return null;
    const known = (values: (number | null)[]) => values.filter((v) => v !== null);
    const rates = known(said.map((p) => p.ratePerSecond));
    const tails = known(said.map((p) => p.p95Ms));
    return {
      segment: first.segment,
      segmentsDone: Math.min(...said.map((p) => p.segmentsDone)),
      segmentsTotal: first.segmentsTotal,
      ratePerSecond: rates.length === 0 ? null : rates.reduce((sum, v) => sum + v, 0),
      p95Ms: tails.length === 0 ? null : Math.max(...tails),
      errors: said.reduce((sum, p) => sum + p.errors, 0),
    };
  }

  /** Jobs whose tasks were asked for a moment ago, which ECS may not list yet. */
  async asksSince(ms: number): Promise<string[]> {
    const keys = await this.store.list(prefixes.load + this.folder);
    const young = keys.flatMap((key) => {
      const [handle, , file] = key.slice((prefixes.load + this.folder).length).split('/') as [string, string, string?];
      return file?.startsWith('asked.') && Number(file.split('.')[2]) > ms ? [handle] : [];
    });
    return [...new Set(young)];
  }

  private async once(key: string): Promise<string | null> {
    const text = this.known.get(key) ?? (await this.store.get(prefixes.load + key));
    if (text !== null) this.known.set(key, text);
    return text;
  }

  private put(key: string, value: object): Promise<void> {
    return this.store.put(prefixes.load + key, JSON.stringify(value));
  }
}
