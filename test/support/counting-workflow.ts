/** A carrier that counts what its operations would cost as durable operations, in each execution they would run in. */
import type { Json, Retry, Settled, Workflow } from '../../lib/core/ports/workflow.ts';
import { type SweepFunctionName, sweepFunctions } from '../../lib/core/workflow/sweep-functions.ts';
import { ForwardingWorkflow } from './forwarding-workflow.ts';

/** A step is 1 + its retries, a poll 1 + its looks, a map 1 + its branches, a call 1. */
interface Execution {
  in: SweepFunctionName;
  operations: number;
}

export class Counts {
  executions = 0;
  /** Most operations of one execution, by function. */
  readonly most: Record<SweepFunctionName, number> = { sweep: 0, shard: 0, group: 0 };
  /** Executions whose call has not begun yet: a carrier hands over nothing but path and input. */
  private readonly callers = new Map<string, Execution>();

  /** The registry for the carrier that does the work. */
  count(registry: Registry): Registry {
    const wrap = (name: string, fn: Registry[string]) => async (w: Workflow, input: Json) => {
      const caller = this.callers.get(w.path);
      this.callers.delete(w.path);
      const functions: Record<string, string> = caller ? sweepFunctions[caller.in] : { sweep: 'sweep' };
      const own = functions[name] as SweepFunctionName | undefined;
      if (own === undefined) return fn(new CountingWorkflow(w, caller!, this.callers), input);
      this.executions++;
      const execution: Execution = { in: own, operations: 0 };
      const result = await fn(new CountingWorkflow(w, execution, this.callers), input);
      this.most[own] = Math.max(this.most[own], execution.operations);
      return result;
    };
    return Object.fromEntries(Object.entries(registry).map(([name, fn]) => [name, wrap(name, fn)]));
  }
}

type Registry = Record<string, (w: Workflow, input: Json) => Promise<Json>>;

class CountingWorkflow extends ForwardingWorkflow {
  private readonly execution: Execution;
  private readonly callers: Map<string, Execution>;

  constructor(inner: Workflow, execution: Execution, callers: Map<string, Execution>) {
    super(inner);
    this.execution = execution;
    this.callers = callers;
  }

  protected around(w: Workflow): Workflow {
    return new CountingWorkflow(w, this.execution, this.callers);
  }

  override step<T extends Json>(
    id: string,
    fn: (at: { attempt: number; path: string }) => Promise<T>,
    o?: { retry?: Retry },
  ): Promise<T> {
    return super.step(
      id,
      (at) => {
        this.execution.operations++;
        return fn(at);
      },
      o,
    );
  }

  override sleep(id: string, seconds: number): Promise<void> {
    this.execution.operations++;
    return super.sleep(id, seconds);
  }

  override poll<S extends Json>(
    id: string,
    check: (last: S | null) => Promise<S>,
    next: (state: S, attempt: number) => { done: true } | { waitSeconds: number },
  ): Promise<S> {
    this.execution.operations++;
    const counting = (last: S | null) => {
      this.execution.operations++;
      return check(last);
    };
    return super.poll(id, counting, next);
  }

  override map<I, T extends Json>(
    id: string,
    items: readonly I[],
    o: { concurrency: number; key: (item: I) => string },
    fn: (w: Workflow, item: I) => Promise<T>,
  ): Promise<Settled<T>[]> {
    this.execution.operations += 1 + items.length;
    return super.map(id, items, o, fn);
  }

  override call<T extends Json>(id: string, workflow: string, input: Json): Promise<T> {
    this.execution.operations++;
    this.callers.set(`${this.path}/${id}`, this.execution);
    return super.call(id, workflow, input);
  }
}
