/** The server went away under load. */
import type { SegmentResult } from '../../load/job.ts';
import type { Rule } from './evidence.ts';

export const serverDied: Rule = ({ stairs }) => {
  for (const { stair, windows } of stairs) {
    if (windows.some((w) => w.aborted === 'server-died' || nobodyThere(w))) {
      const how = windows.every(neverThere)
        ? 'no connection came about'
        : 'the server stopped answering and did not come back';
      return { code: 'server-died', detail: `${stair.id}: ${how}` };
    }
  }
  return null;
};

/** A window is shorter than the generator's patience: one without any answer, only broken connections, is a dead server's. */
function nobodyThere({ requests, good, errors }: SegmentResult): boolean {
  return requests > 0 && good === 0 && (errors.connect ?? 0) + (errors.reset ?? 0) === requests;
}

function neverThere({ requests, errors }: SegmentResult): boolean {
  return requests > 0 && errors.connect === requests;
}
