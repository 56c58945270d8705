/** The `Workflow` port on a file journal: the carrier of a laptop run. */
import { LeaseLost } from '../../core/ports/lease.ts';
import type { Json, Retry, Settled, Workflow } from '../../core/ports/workflow.ts';
import { errorText, pauseSeconds, settledResult, wholeSeconds } from '../../core/workflow/outcome.ts';
import { ScopeGuard } from '../../core/workflow/scope-guard.ts';
import { type Entry, type Journal, JournalError } from './journal-file.ts';

type Registered = (w: Workflow, input: Json) => Promise<Json>;

/** Of this controller, and not of the operation that it happened in: nothing is recorded of that. */
const isEnd = (error: unknown) => error instanceof JournalError || error instanceof LeaseLost;

/** What all scopes of one execution share. */
interface Execution {
  journal: Journal;
  /** Last `done` or `failed` of each path. */
  ended: Map<string, Entry>;
  /** Last look of each poll. */
  looked: Map<string, Entry>;
  registry: Record<string, Registered>;
  wait(seconds: number): Promise<void>;
}

export class JournalWorkflow implements Workflow {
  readonly path: string;
  private readonly execution: Execution;
  private readonly guard: ScopeGuard;

  private constructor(execution: Execution, path: string) {
    this.execution = execution;
    this.path = path;
    this.guard = new ScopeGuard(path);
  }

  /** The root scope of an execution. `wait` sleeps; tests pass a faster one. */
  static root(
    journal: Journal,
    path: string,
    registry: Record<string, Registered>,
    wait: (seconds: number) => Promise<void> = (s) => new Promise((resolve) => setTimeout(resolve, s * 1000)),
  ): JournalWorkflow {
    const ended = new Map<string, Entry>();
    const looked = new Map<string, Entry>();
    for (const entry of journal.entries) {
      if (entry.kind === 'done' || entry.kind === 'failed') ended.set(entry.path, entry);
      if (entry.kind === 'state') looked.set(entry.path, entry);
    }
    return new JournalWorkflow({ journal, ended, looked, registry, wait }, path);
  }

  step<T extends Json>(
    id: string,
    fn: (at: { attempt: number; path: string }) => Promise<T>,
    o: { retry?: Retry } = {},
  ): Promise<T> {
    const path = `${this.path}/${id}`;
    return this.operation(id, async () => {
      const attempts = o.retry?.attempts ?? 1;
      for (let attempt = 1; ; attempt++) {
        this.execution.journal.append({ path, kind: 'intent', attempt });
        try {
          return { value: await fn({ attempt, path }), attempt };
        } catch (error) {
          if (isEnd(error) || attempt >= attempts) throw error;
          await this.execution.wait(pauseSeconds(o.retry!, attempt));
        }
      }
    });
  }

  sleep(id: string, seconds: number): Promise<void> {
    return this.operation(id, async () => {
      await this.execution.wait(wholeSeconds(seconds));
      return { value: null, attempt: 1 };
    }).then(() => undefined);
  }

  poll<S extends Json>(
    id: string,
    check: (last: S | null) => Promise<S>,
    next: (state: S, attempt: number) => { done: true } | { waitSeconds: number },
  ): Promise<S> {
    const path = `${this.path}/${id}`;
    return this.operation(id, async () => {
      const before = this.execution.looked.get(path);
      let last = (before?.value as S | undefined) ?? null;
      let attempt = before?.attempt ?? 0;
      for (;;) {
        if (last !== null) {
          const decision = next(last, attempt);
          if ('done' in decision) return { value: last, attempt };
          await this.execution.wait(wholeSeconds(decision.waitSeconds));
        }
        attempt++;
        this.execution.journal.append({ path, kind: 'intent', attempt });
        last = settledResult(await check(last), path);
        this.execution.journal.append({ path, kind: 'state', attempt, value: last });
      }
    });
  }

  map<I, T extends Json>(
    id: string,
    items: readonly I[],
    o: { concurrency: number; key: (item: I) => string },
    fn: (w: Workflow, item: I) => Promise<T>,
  ): Promise<Settled<T>[]> {
    return this.guard.run(id, async () => {
      const keys = new ScopeGuard(`${this.path}/${id}`);
      for (const item of items) await keys.run(o.key(item), async () => undefined);
      const results: Settled<T>[] = new Array(items.length);
      let nextItem = 0;
      const worker = async () => {
        while (nextItem < items.length) {
          const index = nextItem++;
          const item = items[index]!;
          const key = o.key(item);
          const scope = `${this.path}/${id}/${key}`;
          try {
            const value = await this.memoised(scope, async () => ({
              value: await fn(new JournalWorkflow(this.execution, scope), item),
              attempt: 1,
            }));
            results[index] = { key, ok: true, value };
          } catch (error) {
            if (isEnd(error)) throw error;
            results[index] = { key, ok: false, error: errorText(error) };
          }
        }
      };
      const workers = Array.from({ length: Math.max(1, Math.min(o.concurrency, items.length)) }, worker);
      const settled = await Promise.allSettled(workers);
      for (const s of settled) if (s.status === 'rejected') throw s.reason;
      return results;
    });
  }

  call<T extends Json>(id: string, workflow: string, input: Json): Promise<T> {
    return this.operation(id, async () => {
      const registered = this.execution.registry[workflow];
      if (!registered) throw new Error(`no workflow "${workflow}" is registered`);
      const scope = new JournalWorkflow(this.execution, `${this.path}/${id}`);
      return { value: (await registered(scope, input)) as T, attempt: 1 };
    });
  }

  private operation<T extends Json>(id: string, run: () => Promise<{ value: T; attempt: number }>): Promise<T> {
    return this.guard.run(id, () => this.memoised(`${this.path}/${id}`, run));
  }

  /** Answers from the journal when the operation ended before, else runs it and makes its end durable. */
  private async memoised<T extends Json>(path: string, run: () => Promise<{ value: T; attempt: number }>): Promise<T> {
    const ended = this.execution.ended.get(path);
    if (ended?.kind === 'done') return ended.value as T;
    if (ended?.kind === 'failed') throw new Error(String(ended.value));
    let result: { value: T; attempt: number };
    try {
      const ran = await run();
      result = { ...ran, value: settledResult(ran.value, path) };
    } catch (error) {
      if (!isEnd(error)) {
        this.execution.journal.append({ path, kind: 'failed', attempt: 1, value: errorText(error) });
      }
      throw isEnd(error) ? error : new Error(errorText(error));
    }
    this.execution.journal.append({ path, kind: 'done', attempt: result.attempt, value: result.value });
    return result.value;
  }
}
