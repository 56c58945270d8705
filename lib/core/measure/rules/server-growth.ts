import type { ServerCounters } from '../../load/job.ts';
import type { StairEvidence } from './evidence.ts';

/**
 * By how much a counter of the server grew over the windows in which it is known; null when it is in none. A restarted server
 * counts from zero again, and one worker of several answers for itself: such a window tells nothing.
 */
export function serverGrowth(
  stairs: readonly StairEvidence[],
  of: (counters: ServerCounters) => number | undefined,
): number | null {
  const grown = stairs
    .flatMap(({ windows }) => windows)
    .flatMap(({ server }) => {
      if (server === null || server.before.pid !== server.after.pid) return [];
      const [before, after] = [of(server.before), of(server.after)];
      return before === undefined || after === undefined ? [] : [after - before];
    });
  return grown.length === 0 ? null : grown.reduce((a, b) => a + b, 0);
}
