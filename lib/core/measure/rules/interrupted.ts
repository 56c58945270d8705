/** The load was ended from outside: what is there is not what the plan asked for. */
import type { Rule } from './evidence.ts';

export const interrupted: Rule = ({ stairs }) => {
  const stopped = stairs.find(({ windows }) => windows.some((w) => w.aborted === 'stopped'));
  return stopped ? { code: 'interrupted', detail: `${stopped.stair.id}: the load was stopped before its time` } : null;
};
