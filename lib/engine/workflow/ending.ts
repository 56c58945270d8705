/** Why a deployment met trouble, as its target knows it. Inside steps and looks only. */
import { type Ending, oomIn } from '../../core/measure/rules/oom.ts';
import type { ValidityFinding } from '../../core/measure/validity.ts';
import type { TargetName } from '../../core/plan/plan.ts';
import { type EnginePorts, targetOf } from '../ports.ts';

/** How it fares, with its last words; null when that cannot be told. */
export async function endingOf(
  ports: EnginePorts,
  { target, name }: { target: TargetName; name: string },
): Promise<Ending | null> {
  const seen = await targetOf(ports, target)
    .ready(name)
    .catch(() => null);
  return seen === null
    ? null
    : { state: seen.state, reason: seen.reason, log: await lastWords(ports, { target, name }) };
}

/** Whether it failed for want of memory, for which its target gave `reason`. */
export async function wantOfMemory(
  ports: EnginePorts,
  target: TargetName,
  name: string,
  reason: string | null,
): Promise<ValidityFinding | null> {
  return oomIn({ reason, log: await lastWords(ports, { target, name }) });
}

/** Empty where nobody can read them. */
function lastWords(ports: EnginePorts, { target, name }: { target: TargetName; name: string }): Promise<string> {
  return targetOf(ports, target)
    .logs(name)
    .catch(() => '');
}
