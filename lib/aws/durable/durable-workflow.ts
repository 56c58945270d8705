/**
 * The `Workflow` port on a durable execution of AWS Lambda: the carrier of a sweep on AWS.
 *
 * Operations are named by their ids, so that a replay of changed code is refused and not mixed up. Nothing here may run
 * beside a pending operation: a throw outside a step fails the whole execution, past every teardown.
 */
import type { DurableContext, Duration } from '@aws/durable-execution-sdk-js';
import type { Json, Retry, Settled, Workflow } from '../../core/ports/workflow.ts';
import { errorText, pauseSeconds, settledResult, wholeSeconds } from '../../core/workflow/outcome.ts';
import { ScopeGuard } from '../../core/workflow/scope-guard.ts';
import type { WorkflowEvent } from '../../core/workflow/workflow-event.ts';

type Registered = (w: Workflow, input: Json) => Promise<Json>;

export interface DurableOptions {
  runId: string;
  /** Handed on to the executions that this one calls. */
  planSha256?: string | undefined;
  /** Workflows that run inside this execution when called. */
  registry: Record<string, Registered>;
  /**
   * Functions by workflow name, each called as an execution of its own; these go before the registry. Version ARNs: an
   * alias would be resolved when the call happens, and one sweep would mix code.
   */
  functions?: Record<string, string>;
  /** Shortens waits in tests. */
  scaleSeconds?: (seconds: number) => number;
}

/**
 * What a look of a poll has come to. An error is a value: the SDK (2.4.0) runs later looks of one invocation inside the one
 * before, so that a throw is written down as the operation's failure once for each, and the second write ends the execution,
 * past every teardown.
 */
type Look<S> = { state: S; waitSeconds: number | null } | { state: null; error: string };

export class DurableWorkflow implements Workflow {
  readonly path: string;
  private readonly context: DurableContext;
  private readonly options: DurableOptions;
  private readonly guard: ScopeGuard;

  constructor(context: DurableContext, path: string, options: DurableOptions) {
    this.context = context;
    this.path = path;
    this.options = options;
    this.guard = new ScopeGuard(path);
  }

  step<T extends Json>(
    id: string,
    fn: (at: { attempt: number; path: string }) => Promise<T>,
    o: { retry?: Retry } = {},
  ): Promise<T> {
    const path = `${this.path}/${id}`;
    return this.operation(id, () =>
      this.context.step(id, ({ attempt }) => ending(async () => settledResult(await fn({ attempt, path }), path)), {
        // Always given: without one the SDK retries by a rule of its own.
        retryStrategy: (_error, attempt) =>
          attempt < (o.retry?.attempts ?? 1)
            ? { shouldRetry: true, delay: this.delay(pauseSeconds(o.retry!, attempt)) }
            : { shouldRetry: false },
      }),
    );
  }

  async sleep(id: string, seconds: number): Promise<void> {
    await this.operation(id, () => this.context.wait(id, this.delay(seconds)));
  }

  poll<S extends Json>(
    id: string,
    check: (last: S | null) => Promise<S>,
    next: (state: S, attempt: number) => { done: true } | { waitSeconds: number },
  ): Promise<S> {
    const path = `${this.path}/${id}`;
    const lookOf = async (last: S | null, attempt: number): Promise<Look<S>> => {
      const state = settledResult(await check(last), path);
      const decision = next(state, attempt);
      return { state, waitSeconds: 'done' in decision ? null : decision.waitSeconds };
    };
    return this.operation(id, async () => {
      const end = (await this.context.waitForCondition<Look<S> | null>(
        id,
        (last, { attempt }) =>
          lookOf(last?.state ?? null, attempt).catch((error) => ({ state: null, error: errorText(error) })),
        {
          initialState: null,
          waitStrategy: (look, attempt) =>
            'error' in look! || look!.waitSeconds === null
              ? { shouldContinue: false }
              : { shouldContinue: true, delay: this.delay(stretched(look!.waitSeconds, attempt)) },
        },
      )) as Look<S>;
      if ('error' in end) throw new Error(end.error);
      return end.state;
    });
  }

  map<I, T extends Json>(
    id: string,
    items: readonly I[],
    o: { concurrency: number; key: (item: I) => string },
    fn: (w: Workflow, item: I) => Promise<T>,
  ): Promise<Settled<T>[]> {
    return this.operation(id, async () => {
      const scopes = `${this.path}/${id}`;
      const keys = new ScopeGuard(scopes);
      for (const item of items) await keys.run(o.key(item), async () => undefined);
      const batch = await this.context.map(
        id,
        [...items],
        (context, item) => this.scope(context, `${scopes}/${o.key(item)}`, (w) => fn(w, item)),
        {
          maxConcurrency: Math.max(1, o.concurrency),
          // Results are told apart by name on a replay; unnamed ones would be crossed in silence.
          itemNamer: o.key,
          // The default stops at the first failure.
          completionConfig: { toleratedFailurePercentage: 100 },
        },
      );
      return batch.all.map(({ index, result, error }): Settled<T> => {
        const key = o.key(items[index]!);
        return error ? { key, ok: false, error: errorText(error) } : { key, ok: true, value: result as T };
      });
    });
  }

  call<T extends Json>(id: string, workflow: string, input: Json): Promise<T> {
    return this.operation(id, async () => {
      const path = `${this.path}/${id}`;
      const elsewhere = this.options.functions?.[workflow];
      if (elsewhere !== undefined) {
        const { runId, planSha256 } = this.options;
        const seal = planSha256 === undefined ? {} : { planSha256 };
        const event = { runId, path, workflow, input, ...seal } as WorkflowEvent;
        return this.context.invoke<WorkflowEvent, T>(id, elsewhere, event);
      }
      const registered = this.options.registry[workflow];
      if (!registered) throw new Error(`no workflow "${workflow}" is registered`);
      return this.context.runInChildContext(id, (context) =>
        this.scope(context, path, async (w) => (await registered(w, input)) as T),
      );
    });
  }

  private scope<T extends Json>(context: DurableContext, path: string, fn: (w: Workflow) => Promise<T>): Promise<T> {
    return ending(async () => settledResult(await fn(new DurableWorkflow(context, path, this.options)), path));
  }

  private operation<T>(id: string, run: () => PromiseLike<T>): Promise<T> {
    return this.guard.run(id, () => ending(async () => run()));
  }

  private delay(seconds: number): Duration {
    const whole = wholeSeconds(seconds);
    return { seconds: this.options.scaleSeconds?.(whole) ?? whole };
  }
}

/**
 * A look is one of the 3,000 operations of an execution, so a poll that goes on looks less often: half a minute late after
 * an hour of load is nothing, and 3,600 looks would end the execution without a teardown.
 */
function stretched(waitSeconds: number, looks: number): number {
  return Math.max(waitSeconds, looks > 60 ? 30 : looks > 30 ? 10 : 1);
}

/** An error over 32 KB cannot be checkpointed and ends the execution without any `finally`, so each is clipped here. */
async function ending<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw new Error(errorText(error));
  }
}
