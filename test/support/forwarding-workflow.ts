import type { Json, Retry, Settled, Workflow } from '../../lib/core/ports/workflow.ts';

/** What goes around a carrier's workflow: all passes through, and the branches of a map are gone around as well. */
export abstract class ForwardingWorkflow implements Workflow {
  protected readonly inner: Workflow;

  constructor(inner: Workflow) {
    this.inner = inner;
  }

  /** The same around another workflow of the carrier. */
  protected abstract around(w: Workflow): Workflow;

  get path(): string {
    return this.inner.path;
  }

  step<T extends Json>(
    id: string,
    fn: (at: { attempt: number; path: string }) => Promise<T>,
    o?: { retry?: Retry },
  ): Promise<T> {
    return this.inner.step(id, fn, o);
  }

  sleep(id: string, seconds: number): Promise<void> {
    return this.inner.sleep(id, seconds);
  }

  poll<S extends Json>(
    id: string,
    check: (last: S | null) => Promise<S>,
    next: (state: S, attempt: number) => { done: true } | { waitSeconds: number },
  ): Promise<S> {
    return this.inner.poll(id, check, next);
  }

  map<I, T extends Json>(
    id: string,
    items: readonly I[],
    o: { concurrency: number; key: (item: I) => string },
    fn: (w: Workflow, item: I) => Promise<T>,
  ): Promise<Settled<T>[]> {
    return this.inner.map(id, items, o, (w, item) => fn(this.around(w), item));
  }

  call<T extends Json>(id: string, workflow: string, input: Json): Promise<T> {
    return this.inner.call(id, workflow, input);
  }
}
