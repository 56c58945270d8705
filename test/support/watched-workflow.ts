/** A carrier seen from outside: which bodies ran under which path, and ways to spoil it on purpose. */
import type { Json, Retry, Workflow } from '../../lib/core/ports/workflow.ts';
import { ForwardingWorkflow } from './forwarding-workflow.ts';

/** Bodies of steps and looks of polls by path, over all lives of an execution. */
export class BodyLog {
  readonly counts = new Map<string, number>();
  /** Paths whose body ran although the workflow already had their answer. */
  readonly repeated: string[] = [];
  private readonly completed = new Set<string>();

  ran(path: string): void {
    this.counts.set(path, (this.counts.get(path) ?? 0) + 1);
    if (this.completed.has(path)) this.repeated.push(path);
  }

  /** The answer is durable: it reached the workflow, or a life died right after writing it. */
  done(path: string): void {
    this.completed.add(path);
  }
}

/** What one life tells the log; a dead one is not heard. */
export interface Witness {
  ran(path: string): void;
  done(path: string): void;
}

/** What a mutant does instead; each is a mistake that somebody could make in the engine or in a carrier. */
export type Mutant =
  /** The load's answer is not kept, so that a replay runs it again. */
  | 'load not memoised'
  /** Teardown believes a variable that the deploy step set, which a replay does not. */
  | 'teardown by a flag in memory';

export class WatchedWorkflow extends ForwardingWorkflow {
  private readonly witness: Witness;
  private readonly mutant: Mutant | null;
  /** Of one life. */
  private readonly created: Set<string>;

  constructor(inner: Workflow, witness: Witness, mutant: Mutant | null = null, created = new Set<string>()) {
    super(inner);
    this.witness = witness;
    this.mutant = mutant;
    this.created = created;
  }

  protected around(w: Workflow): Workflow {
    return new WatchedWorkflow(w, this.witness, this.mutant, this.created);
  }

  override async step<T extends Json>(
    id: string,
    fn: (at: { attempt: number; path: string }) => Promise<T>,
    o?: { retry?: Retry },
  ): Promise<T> {
    const result = await super.step(
      id,
      async (at) => {
        this.witness.ran(at.path);
        const value = await fn(at);
        if (id === 'deploy') this.created.add(keyOf(this.path));
        return value;
      },
      o,
    );
    this.witness.done(`${this.path}/${id}`);
    return result;
  }

  override async poll<S extends Json>(
    id: string,
    check: (last: S | null) => Promise<S>,
    next: (state: S, attempt: number) => { done: true } | { waitSeconds: number },
  ): Promise<S> {
    const path = `${this.path}/${id}`;
    if (this.mutant === 'teardown by a flag in memory' && id === 'teardown' && !this.created.has(keyOf(this.path))) {
      return { name: '', deployment: '', gone: true, confirmedAtMs: 1, error: null } as unknown as S;
    }
    if (this.mutant === 'load not memoised' && id === 'load') {
      let state: S | null = null;
      for (let attempt = 1; ; attempt++) {
        this.witness.ran(path);
        state = await check(state);
        if (!('done' in next(state, attempt))) continue;
        this.witness.done(path);
        return state;
      }
    }
    const end = await super.poll(
      id,
      (last) => {
        this.witness.ran(path);
        return check(last);
      },
      next,
    );
    this.witness.done(path);
    return end;
  }
}

/** The registry with every workflow watched. `created` is what one life remembers. */
export function watched(
  registry: Record<string, (w: Workflow, input: Json) => Promise<Json>>,
  witness: Witness,
  mutant: Mutant | null,
): typeof registry {
  const created = new Set<string>();
  return Object.fromEntries(
    Object.entries(registry).map(([name, fn]) => [
      name,
      (w: Workflow, input: Json) => fn(new WatchedWorkflow(w, witness, mutant, created), input),
    ]),
  );
}

function keyOf(path: string): string {
  return path.split('/').at(-1)!;
}
