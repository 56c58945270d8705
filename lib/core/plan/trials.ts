/** Trials of a plan, with ids that the same experiment always gives them. */
import { canonicalJson } from '../spec/canonical-json.ts';
import type { Sha256 } from './facts.ts';
import type { LoadPlan } from './load-plan.ts';
import { confirmSeconds, screenSeconds } from './load-seconds.ts';
import type { Configuration, PlannedTrial } from './plan.ts';

const MAX_NAME_IN_ID = 32;

/**
 * `<name>-<purpose>-<repeat>-<hash>`: for people, and unique because the hash covers what is loaded and how. At most 63
 * characters, so that it can stand in a workflow's path.
 */
function trialId(
  configuration: Configuration,
  o: { purpose: PlannedTrial['purpose']; repeat: number; identity: string; sha256: Sha256 },
): string {
  const hash = o.sha256(`${configuration.id} ${o.purpose} ${o.repeat} ${o.identity}`).slice(0, 12);
  const name = configuration.name.slice(0, MAX_NAME_IN_ID).replace(/-+$/, '');
  return `${name}-${o.purpose}-${o.repeat}-${hash}`;
}

/** @param model whatever identifies the model and its inputs. */
export function trialsOf(
  configurations: readonly Configuration[],
  load: LoadPlan,
  model: unknown,
  sha256: Sha256,
): PlannedTrial[] {
  const { repeats: _, ...loadIdentity } = load;
  const purposes = load.confirmation ? (['screen', 'confirm'] as const) : (['screen'] as const);
  // Parameters too: a configuration renamed by hand onto other values is another trial.
  const shared = canonicalJson({ load: loadIdentity, model });
  return configurations.flatMap((configuration) => {
    const identity = `${canonicalJson(configuration.parameters)} ${shared}`;
    return Array.from({ length: load.repeats }, (_, i) => i + 1).flatMap((repeat) =>
      purposes.map((purpose) => ({
        id: trialId(configuration, { purpose, repeat, identity, sha256 }),
        deployment: configuration.id,
        repeat,
        purpose,
        secondsExpected: purpose === 'screen' ? screenSeconds(load) : confirmSeconds(load),
      })),
    );
  });
}
