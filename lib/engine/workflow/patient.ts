/** A look that fails says nothing of what it looks at: the next one may succeed, and a poll ends with a look that throws. */

import type { Json, Retry, Workflow } from '../../core/ports/workflow.ts';

/** Failed looks in a row, beyond the tries of the client itself: at what could not be started yet, and at what is under way. */
const MOST_FAILED_STARTS = 10;
const MOST_FAILED_LOOKS = 20;

/** For steps that read and write documents, after the client's own tries: without them a whole group would be lost. */
export const DOCUMENT_RETRY: Retry = { attempts: 4, firstSeconds: 2 };

type Patient<S> = { state: S | null; failedLooks: number };

/**
 * A poll that gives up only after many failed looks.
 *
 * @param look as of a poll; gets null until one has succeeded, and so may start again what it has started: it is idempotent
 * @param lost ends what is under way and cannot be looked at, and says so @default - the last failure is thrown
 */
export async function patientPoll<S extends Json>(
  w: Workflow,
  id: string,
  look: (last: S | null) => Promise<S>,
  next: (state: S, attempt: number) => { done: true } | { waitSeconds: number },
  lookSeconds: number,
  lost: ((last: S) => Promise<S>) | null = null,
): Promise<S> {
  const end = await w.poll<Patient<S>>(
    id,
    async (last) => {
      try {
        return { state: await look(last?.state ?? null), failedLooks: 0 };
      } catch (error) {
        const failedLooks = (last?.failedLooks ?? 0) + 1;
        const state = last?.state ?? null;
        if (failedLooks < (state === null ? MOST_FAILED_STARTS : MOST_FAILED_LOOKS)) return { state, failedLooks };
        if (state === null || lost === null) throw error;
        return { state: await lost(state), failedLooks: 0 };
      }
    },
    ({ state, failedLooks }, attempt) =>
      state === null || failedLooks > 0 ? { waitSeconds: lookSeconds } : next(state, attempt),
  );
  return end.state!;
}
