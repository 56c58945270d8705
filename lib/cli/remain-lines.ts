import type { Remains } from '../engine/run.ts';

/** Whether something of the run is alive, or may be. */
export function isLeaking({ alive, unlisted }: Remains): boolean {
  return alive.length > 0 || unlisted.length > 0;
}

/** What may still be alive, one a line, with what ends it. */
export function remainLines({ alive, unlisted }: Remains): string[] {
  return [
    ...alive.map(({ kind, id, name, endCommand, doubt }) =>
      doubt === undefined
        ? `still alive: ${kind} ${id} (${name}); end it with: ${endCommand}`
        : `not known whose: ${kind} ${id} (${name}): ${doubt}; if it is nobody else's, end it with: ${endCommand}`,
    ),
    ...unlisted.map((why) => `not known whether anything is left: ${why}; look again with: infersweep destroy`),
  ];
}
