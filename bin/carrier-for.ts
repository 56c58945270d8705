/** What carries a run on AWS, of what a deployed Lab has. */
import { CliError } from '../lib/cli/cli-error.ts';
import { exitCodes } from '../lib/cli/exit-codes.ts';
import type { CloudCarrier } from '../lib/cli/kit.ts';
import type { Lab } from '../lib/core/catalog/lab.ts';

const MISSING: Record<CloudCarrier, [string, string]> = {
  durable: [
    'Lab was deployed without durable functions, so none can carry a run',
    'infersweep run experiment.yaml --on aws --carrier fargate',
  ],
  fargate: [
    "Lab has no controller's task: nothing in an isolated network reaches all that one calls",
    'npx cdk deploy InfersweepLab -c network=public, or infersweep run experiment.yaml --from-here',
  ],
};

export function carrierMissing(carrier: CloudCarrier): CliError {
  const [what, next] = MISSING[carrier];
  return new CliError(exitCodes.preflight, what, next);
}

/**
 * @param wanted null: nobody said, and then it is durable functions where the region has them
 * @throws CliError where Lab lacks it
 */
export async function carrierFor(
  lab: Pick<Lab, 'sweep' | 'controllerTask'>,
  wanted: CloudCarrier | null,
  regionHasDurable: () => Promise<boolean>,
): Promise<CloudCarrier> {
  const carrier = wanted ?? (lab.sweep !== null && (await regionHasDurable()) ? 'durable' : 'fargate');
  if ((carrier === 'durable' ? lab.sweep : lab.controllerTask) === null) throw carrierMissing(carrier);
  return carrier;
}
