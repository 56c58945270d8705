import type { Preparation } from '../plan/plan.ts';

export type PrepareState =
  | { state: 'running'; message: string }
  /** `usd`: what making it cost, its machine confirmed gone; absent where it is free. */
  | { state: 'done'; artifact: string; sha256: string; cached: boolean; seconds: number; usd?: number }
  | { state: 'failed'; reason: string; usd?: number }
  | { state: 'lost' };

/** What it may make to make the artifact: a machine of this name and these tags, that ends itself after so long. */
export interface PreparationSeat {
  name: string;
  ttlSeconds: number;
  tags: { [key: string]: string };
}

/** Turns a model into the artifact of one runtime, and makes what that runtime needs to start. Cached by identity. */
export interface Preparer {
  /** The most that making it can cost until its deadline has ended it, 0 when it is there already. Absent where preparing is free. */
  usdAtMost?(preparation: Preparation, ttlSeconds: number): Promise<number>;
  /** Starts, or finds what was started under this id. Returns the handle. */
  start(preparation: Preparation, seat: PreparationSeat): Promise<string>;
  check(handle: string): Promise<PrepareState>;
  /** Ends it early, without an artifact; then it is looked at until it has ended. Absent where it ends with its controller. */
  stop?(handle: string): Promise<void>;
  /** Why it cannot make this one at all (`needs g4dn.xlarge: …`), or null. Absent where it can make everything. */
  refuses?(preparation: Preparation): string | null;
}
