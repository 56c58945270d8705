import type { TargetName } from '../../core/plan/plan.ts';
import { type EnginePorts, targetOf } from '../ports.ts';

/**
 * Whether every deployment is still known to its target. One that is gone did not fail: it went with a controller that
 * died, so that what a load on it says is nobody's figure.
 */
export async function allStillThere(
  ports: EnginePorts,
  deployments: readonly { target: TargetName; name: string }[],
): Promise<boolean> {
  for (const { target, name } of deployments) {
    // One that cannot be looked at is not thereby gone.
    const seen = await targetOf(ports, target)
      .ready(name)
      .catch(() => null);
    if (seen?.state === 'gone') return false;
  }
  return true;
}
