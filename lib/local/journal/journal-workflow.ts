/** The `Workflow` port on a file journal: the carrier of a laptop run. */
import {
  type Json,
  MAX_ERROR_CHARACTERS,
  MAX_RESULT_BYTES,
  type Retry,
  type Settled,
  type Workflow,
} from '../../core/ports/workflow.ts';
import { type Entry, type Journal, JournalError } from './journal-file.ts';
import { ScopeGuard } from './scope-guard.ts';

type Registered = (w: Workflow, input: Json) => Promise<Json>;

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
          if (error instanceof JournalError || attempt >= attempts) throw error;
          await this.execution.wait(pauseSeconds(o.retry!, attempt));
        }
      }
    });
  }

  sleep(id: string, seconds: number): Promise<void> {
    return this.operation(id, async () => {
      await this.execution.wait(Math.max(1, Math.ceil(seconds)));
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
          await this.execution.wait(Math.max(1, Math.ceil(decision.waitSeconds)));
        }
        attempt++;
        this.execution.journal.append({ path, kind: 'intent', attempt });
        last = bounded(await check(last), path);
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
            if (error instanceof JournalError) throw error;
            results[index] = { key, ok: false, error: clip(error) };
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
      result = { ...ran, value: JSON.parse(JSON.stringify(bounded(ran.value, path))) as T };
    } catch (error) {
      if (!(error instanceof JournalError)) {
        this.execution.journal.append({ path, kind: 'failed', attempt: 1, value: clip(error) });
      }
      throw error instanceof JournalError ? error : new Error(clip(error));
    }
    this.execution.journal.append({ path, kind: 'done', attempt: result.attempt, value: result.value });
    return result.value;
  }
}

/** A replay reads what was written, so what is not JSON must not look different before a crash. */
function bounded<T extends Json>(value: T, path: string): T {
  const bytes = JSON.stringify(value)?.length ?? 0;
  if (bytes > MAX_RESULT_BYTES) {
    throw new Error(`the result of ${path} has ${bytes} bytes of JSON, more than ${MAX_RESULT_BYTES}`);
  }
  return value;
}

function clip(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, MAX_ERROR_CHARACTERS);
}

function pauseSeconds(retry: Retry, attempt: number): number {
  const seconds = retry.firstSeconds * (retry.factor ?? 2) ** (attempt - 1);
  return Math.min(seconds, retry.maxSeconds ?? seconds);
}
