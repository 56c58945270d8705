/** What of a plan can be run where it is to run, asked before anything is created. */
import type { Plan, SkippedRow } from '../core/plan/plan.ts';
import { withoutSkipped } from '../core/preflight/without-skipped.ts';
import type { EnginePorts } from '../engine/ports.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { Kit } from './kit.ts';
import { note } from './output.ts';

/**
 * @param ports asked only once the account has what they are made of
 * @returns the plan without what cannot run; its `skipped` says why, and so does stderr.
 * @throws CliError when nothing of it can.
 */
export async function readyPlan(
  kit: Kit,
  plan: Plan,
  experiment: string,
  ports: () => Promise<EnginePorts>,
): Promise<Plan> {
  const { refusals, skipped } = await kit.preflight(plan, ports);
  if (refusals.length > 0) {
    const lines = refusals.flatMap(({ name, value, fix }) => [
      `${name}: ${value}`,
      ...(fix === null ? [] : [`  ${fix}`]),
    ]);
    const message = [`the account cannot run ${plan.experiment}; nothing was created`, ...lines].join('\n');
    throw new CliError(exitCodes.preflight, message, `infersweep doctor --aws ${experiment}`);
  }
  const left = withoutSkipped(plan, skipped);
  if (left.deployments.length === 0) {
    const lines = skipped.map(lineOf);
    const message = [
      `none of the ${plan.deployments.length} configurations can run; nothing was created`,
      ...lines,
    ].join('\n');
    throw new CliError(exitCodes.preflight, message, skipped[0]!.fix);
  }
  for (const row of skipped) note(`skipped: ${lineOf(row)}`);
  return left;
}

function lineOf({ configuration, instanceType, code, fix }: SkippedRow): string {
  return `${configuration} on ${instanceType}: ${code}${fix === null ? '' : `: ${fix}`}`;
}
