/**
 * Ask and tell. `propose` is a function of its arguments alone: it runs the search from the start, answers its questions from
 * the history, and returns the first that the history does not answer. `Session` is the same without starting over.
 */
import type { Certified } from './certify-rate.ts';
import { Notebook } from './notebook.ts';
import { type Outcome, searchSpace } from './search.ts';
import type { SearchSpace } from './space.ts';
import type { Observation, Trial } from './trial.ts';

export type Proposal = { trials: readonly Trial[] } | { stop: Outcome };

/** @param history in any order; what the search never asked is ignored. */
export function propose(space: SearchSpace, history: readonly Observation[]): Proposal {
  const told = new Map(history.map((o) => [o.trial, o]));
  const session = new Session(space);
  for (;;) {
    const { proposal } = session;
    if ('stop' in proposal) return proposal;
    const open = proposal.trials.filter((t) => !told.has(t.id));
    if (open.length > 0) return { trials: open };
    session.tell(proposal.trials.map((t) => told.get(t.id)!));
  }
}

export class Session {
  /** Everything asked and told so far. */
  readonly notebook: Notebook;
  private readonly search: ReturnType<typeof searchSpace>;
  proposal: Proposal;

  constructor(space: SearchSpace) {
    this.notebook = new Notebook(space);
    this.search = searchSpace(space, this.notebook);
    this.proposal = read(this.search.next());
  }

  /** The best that is certified so far: what a search that is stopped now would recommend. */
  get best(): Certified | null {
    return this.notebook.best?.certified ?? null;
  }

  /** @param observations of all trials proposed, in their order. */
  tell(observations: readonly Observation[]): Proposal {
    this.proposal = read(this.search.next(observations));
    return this.proposal;
  }
}

function read(step: IteratorResult<Trial[], Outcome>): Proposal {
  return step.done ? { stop: step.value } : { trials: step.value };
}
