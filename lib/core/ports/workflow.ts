/**
 * The port that carries the life cycle. A carrier (the file journal here, a durable execution elsewhere) memoises every
 * operation under `path/id`, so a workflow function can be run again from its start and finds what it already did.
 *
 * Ids match `^[a-z0-9][a-z0-9._-]{0,63}$`, are literals, and are unique in their scope; operations of one scope never
 * overlap. Steps run at least once and must be idempotent by path. Error texts are clipped to 2,000 characters; a result
 * over 64 KB of JSON is refused.
 */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

export interface Retry {
  /** Tries in all, the first included. */
  attempts: number;
  firstSeconds: number;
  /** Growth of the pause between tries; 2 unless said. */
  factor?: number;
  maxSeconds?: number;
}

export type Settled<T> = { key: string; ok: true; value: T } | { key: string; ok: false; error: string };

export interface Workflow {
  /** Names, tags and idempotency tokens derive from it. */
  readonly path: string;
  step<T extends Json>(
    id: string,
    fn: (at: { attempt: number; path: string }) => Promise<T>,
    o?: { retry?: Retry },
  ): Promise<T>;
  /** Waits whole seconds, at least one. */
  sleep(id: string, seconds: number): Promise<void>;
  /** Asks `check` until `next` says done. A `check` that throws ends the poll: return a state instead. */
  poll<S extends Json>(
    id: string,
    check: (last: S | null) => Promise<S>,
    next: (state: S, attempt: number) => { done: true } | { waitSeconds: number },
  ): Promise<S>;
  /** Never throws for an item; results stand in item order. */
  map<I, T extends Json>(
    id: string,
    items: readonly I[],
    o: { concurrency: number; key: (item: I) => string },
    fn: (w: Workflow, item: I) => Promise<T>,
  ): Promise<Settled<T>[]>;
  /** Runs a workflow registered under `workflow` as its own execution or scope. */
  call<T extends Json>(id: string, workflow: string, input: Json): Promise<T>;
}

export const MAX_ERROR_CHARACTERS = 2_000;
export const MAX_RESULT_BYTES = 64 * 1024;

/** The carrier itself has ended: nothing that follows would be remembered, so no workflow may catch it. */
export class CarrierError extends Error {}

/** For a handler of a rejected operation: passes on what no workflow may catch. */
export function caught(error: unknown): string {
  if (error instanceof CarrierError) throw error;
  return error instanceof Error ? error.message : String(error);
}
