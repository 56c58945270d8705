/** A ramp of users as ascending stairs of one length: what the load engine runs without knowing of ramps. */
import { parseDuration } from './duration.ts';
import { type Issue, issue } from './issue.ts';
import type { LoadSpec } from './load-spec.ts';

type Phase = NonNullable<LoadSpec['phases']>[number];

/** Stairs of one ramp at most: the same bound as for `users`. */
const MAX_STEPS = 100;

const stepsOf = ({ every, duration }: Phase) => (parseDuration(duration) ?? 0) / (parseDuration(every) ?? 1);

/** Users of each step: 2 and 2 more a minute for 25 minutes are 2, 4, … 50. */
export function rampOf(phase: Phase): number[] {
  const steps = Math.min(MAX_STEPS, Math.max(1, Math.floor(stepsOf(phase))));
  return Array.from({ length: steps }, (_, i) => phase.initialUsers + i * phase.spawnRate);
}

/** Keys of windows that a load of its own length, which is all window, has no use for. */
const windowKeys = ['duration', 'warmup', 'window', 'drop', 'rounds', 'confirm'] as const;

export function windowKeyIssues(load: LoadSpec, why: string): Issue[] {
  return windowKeys
    .filter((key) => load[key] !== undefined)
    .map((key) => issue(['load', key], `${key} is not used with ${why}`, { at: 'key' }));
}

export function phaseIssues(load: LoadSpec): Issue[] {
  const phase = load.phases?.[0];
  if (!phase) return [];
  const found = windowKeyIssues(load, 'phases: each step is one window');
  const steps = stepsOf(phase);
  if (!Number.isInteger(steps) || steps < 1) {
    found.push(
      issue(
        ['load', 'phases', 0, 'duration'],
        `must be a multiple of every (${phase.every}), or the last step is cut short`,
      ),
    );
  } else if (steps > MAX_STEPS) {
    found.push(issue(['load', 'phases', 0, 'every'], `makes ${steps} steps and the limit is ${MAX_STEPS}`));
  } else if (Math.max(...rampOf(phase)) > 4096) {
    found.push(issue(['load', 'phases', 0, 'spawnRate'], 'ends with more than 4096 users'));
  }
  return found;
}
