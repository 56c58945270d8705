import type { Preparation } from '../plan/plan.ts';

export type PrepareState =
  | { state: 'running'; message: string }
  | { state: 'done'; artifact: string; sha256: string; cached: boolean; seconds: number }
  | { state: 'failed'; reason: string }
  | { state: 'lost' };

/** Turns a model into the artifact of one runtime, and makes what that runtime needs to start. Cached by identity. */
export interface Preparer {
  /** Starts, or finds what was started under this id. Returns the handle. */
  start(preparation: Preparation): Promise<string>;
  check(handle: string): Promise<PrepareState>;
  /** Why it cannot make this one at all (`needs g4dn.xlarge: …`), or null. Absent where it can make everything. */
  refuses?(preparation: Preparation): string | null;
}
