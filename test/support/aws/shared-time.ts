/**
 * Time on a world's clock for branches of a workflow that are under way together: it moves once all of them wait, and no
 * further than the first of them waits for. Without it each pause moves the clock for everybody, one after the other.
 */
import type { Json, Settled, Workflow } from '../../../lib/core/ports/workflow.ts';
import { ForwardingWorkflow } from '../forwarding-workflow.ts';

interface Pause {
  untilMs: number;
  over(): void;
  end(why: Error): void;
}

type Registry = Record<string, (w: Workflow, input: Json) => Promise<Json>>;

export class SharedTime {
  private branches = 1;
  private pauses: Pause[] = [];
  private isMoving = false;
  private readonly nowMs: () => number;
  private readonly elapse: (seconds: number) => Promise<void>;

  constructor(nowMs: () => number, elapse: (seconds: number) => Promise<void>) {
    this.nowMs = nowMs;
    this.elapse = elapse;
  }

  readonly wait = (seconds: number): Promise<void> =>
    new Promise((over, end) => {
      this.pauses.push({ untilMs: this.nowMs() + seconds * 1000, over, end });
      this.look();
    });

  /** Nobody waits on: their process died. */
  end(why: Error): void {
    for (const pause of this.pauses.splice(0)) pause.end(why);
  }

  /** The registry of a carrier, each of whose branches counts. */
  of(registry: Registry): Registry {
    return Object.fromEntries(
      Object.entries(registry).map(([name, fn]) => [name, (w, input) => fn(new Branch(w, this), input)]),
    );
  }

  /** It waits for the branches of its map, and is none meanwhile. */
  async aside<T>(branches: () => Promise<T>): Promise<T> {
    this.branches -= 1;
    try {
      return await branches();
    } finally {
      this.branches += 1;
    }
  }

  async branch<T>(run: () => Promise<T>): Promise<T> {
    this.branches += 1;
    try {
      return await run();
    } finally {
      this.branches -= 1;
      this.look();
    }
  }

  /** Later, for whoever is about to begin is a branch by then. */
  private look(): void {
    setImmediate(() => void this.move());
  }

  private async move(): Promise<void> {
    if (this.isMoving || this.pauses.length === 0 || this.pauses.length < this.branches) return;
    this.isMoving = true;
    const first = Math.min(...this.pauses.map(({ untilMs }) => untilMs));
    const failed = await this.elapse(Math.max(0, first - this.nowMs()) / 1000).then(
      () => null,
      (error: Error) => error,
    );
    this.isMoving = false;
    if (failed !== null) return this.end(failed);
    const over = this.pauses.filter(({ untilMs }) => untilMs <= this.nowMs());
    this.pauses = this.pauses.filter((pause) => !over.includes(pause));
    for (const pause of over) pause.over();
  }
}

class Branch extends ForwardingWorkflow {
  private readonly time: SharedTime;

  constructor(inner: Workflow, time: SharedTime) {
    super(inner);
    this.time = time;
  }

  protected around(w: Workflow): Workflow {
    return new Branch(w, this.time);
  }

  override map<I, T extends Json>(
    id: string,
    items: readonly I[],
    o: { concurrency: number; key: (item: I) => string },
    fn: (w: Workflow, item: I) => Promise<T>,
  ): Promise<Settled<T>[]> {
    const { time } = this;
    return time.aside(() => super.map(id, items, o, (w, item) => time.branch(() => fn(w, item))));
  }
}
