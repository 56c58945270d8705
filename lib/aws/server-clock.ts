import type { Clock } from '../core/ports/clock.ts';

/** Of any client of the SDK, narrowed to where its answers pass. */
interface Watchable {
  middlewareStack: {
    // The SDK's own types bind a stack to the inputs and outputs of its client.
    add(middleware: never, options: { step: 'deserialize'; name: string; priority: 'low'; override: true }): void;
  };
}

interface Answer {
  response: unknown;
}

/** A `Date` header has whole seconds, cut off: below this nothing is known to be wrong. */
const TOLERANCE_MS = 2000;

/**
 * The time of the servers that judge expiries and leases, as far as their `Date` headers tell; this machine's clock only
 * carries it on from one answer to the next.
 */
export class ServerClock implements Clock {
  private readonly localMs: () => number;
  private offsetMs: number | null = null;

  constructor(localMs: () => number = () => Date.now()) {
    this.localMs = localMs;
  }

  /** A client's answers keep it right, errors included. */
  watch({ middlewareStack }: Watchable): void {
    const middleware = (next: (args: unknown) => Promise<Answer>) => async (args: unknown) => {
      const sentMs = this.localMs();
      try {
        const answer = await next(args);
        this.learn(dateOf(answer.response), sentMs);
        return answer;
      } catch (error) {
        this.learn(dateOf((error as { $response?: unknown }).$response), sentMs);
        throw error;
      }
    };
    // Nearest to the wire: whatever reads the answer may throw.
    middlewareStack.add(middleware as never, {
      step: 'deserialize',
      name: 'infersweepServerClock',
      priority: 'low',
      override: true,
    });
  }

  nowMs(): number {
    if (this.offsetMs === null) {
      throw new Error('the time at AWS is not known yet: make one call with a watched client before the first step');
    }
    return this.localMs() + this.offsetMs;
  }

  nowIso(): string {
    return new Date(this.nowMs()).toISOString();
  }

  /**
   * The server wrote the date at some moment between the request and its answer (Cristian, "Probabilistic clock
   * synchronization", 1989). Only what is not possible then is corrected: an answer long on its way, or read by a machine that
   * slept meanwhile, would else set the clock back, and what is settled by it would be less than the bill.
   */
  private learn(date: string | undefined, sentMs: number): void {
    const serverMs = Date.parse(date ?? '');
    if (Number.isNaN(serverMs)) return;
    const least = serverMs - this.localMs();
    const most = serverMs - sentMs;
    const known = this.offsetMs ?? 0;
    const isPossible = known >= least - TOLERANCE_MS && known <= most + TOLERANCE_MS;
    this.offsetMs = isPossible ? known : (least + most) / 2;
  }
}

function dateOf(response: unknown): string | undefined {
  return (response as { headers?: Record<string, string> } | undefined)?.headers?.['date'];
}
