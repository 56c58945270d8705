/** What `search: adaptive` means for the load: which keys it has no use for, and the trials that it is made of. */
import type { LoadPlan } from '../plan/load-plan.ts';
import type { ExperimentDocument } from './experiment-schema.ts';
import { type Issue, issue } from './issue.ts';

/** Beside a deployment of minutes shorter trials save little and mislead (decision 0010); on this machine one takes seconds. */
const CLOUD_TRIAL_SECONDS = 60;
const LOCAL_TRIAL_SECONDS = 10;
/** Head of a trial that is not measured: a queue needs a while to fill. */
const HEAD_SECONDS = 5;
const HEAD_SHARE = 0.25;
/** A certificate takes twenty trials at most; what is not done by then is done on a second visit. */
const TRIALS_PER_VISIT = 24;
/** Second looks at a device: to screen two configurations against each other, and to certify one. */
const REVISITS = 4;
const REVISITS_PER_DEVICE = 4;
const OPEN_LOOP_CONNECTIONS = 256;

/** A cross rule. Minimal latency has no cost to search for, and `balanced` none that adds up. */
export function adaptiveIssues({ search, load, repeats, objective }: ExperimentDocument): Issue[] {
  if (search !== 'adaptive') return [];
  const found: Issue[] = [];
  if (objective === 'minimize-latency' || objective === 'balanced') {
    found.push(
      issue(
        ['objective'],
        `search: adaptive looks for the cheapest rate inside the objective, not for ${objective}: use search: grid`,
        { allowed: ['minimize-cost', 'maximize-throughput'] },
      ),
    );
  }
  if (load.protocol !== 'capacity' && load.protocol !== 'stairs') {
    found.push(
      issue(['load', 'protocol'], `search: adaptive chooses the loads itself: not protocol ${load.protocol}`, {
        allowed: ['capacity', 'stairs'],
      }),
    );
  }
  for (const key of ['rate', 'arrivals', 'window', 'drop', 'rounds', 'refine', 'confirm'] as const) {
    if (load[key] === undefined) continue;
    found.push(
      issue(['load', key], `search: adaptive decides by itself and does not use ${key}`, {
        allowed: ['users', 'duration', 'warmup', 'timeout'],
        at: 'key',
      }),
    );
  }
  if (repeats > 1) {
    found.push(issue(['repeats'], 'search: adaptive repeats a trial as often as it has to: leave repeats out'));
  }
  return found;
}

export function adaptiveLoad({ load: given, targets }: ExperimentDocument, { refine: _, ...load }: LoadPlan): LoadPlan {
  const local = targets.every((entry) => entry.local !== undefined);
  const asked = given.duration === undefined ? null : load.windowSeconds - load.dropSeconds;
  const trialSeconds = asked ?? (local ? LOCAL_TRIAL_SECONDS : CLOUD_TRIAL_SECONDS);
  const dropSeconds = given.warmup === undefined ? Math.min(HEAD_SECONDS, trialSeconds * HEAD_SHARE) : load.dropSeconds;
  const devices = targets.reduce((n, entry) => n + ((entry.ec2 ?? entry.sagemaker)?.instanceTypes.length ?? 1), 0);
  return {
    ...load,
    rounds: 1,
    windowSeconds: dropSeconds + trialSeconds,
    dropSeconds,
    repeats: 1,
    confirmation: null,
    adaptive: {
      trialSeconds,
      trialsPerVisit: TRIALS_PER_VISIT,
      revisits: REVISITS + REVISITS_PER_DEVICE * devices,
    },
    maxConnections: Math.max(load.maxConnections, OPEN_LOOP_CONNECTIONS),
  };
}
