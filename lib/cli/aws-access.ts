/** What the verbs ask of an AWS account; `bin/` composes it from the SDK clients, and only when a verb needs it. */
import type { PriceSnapshot } from '../core/catalog/price-snapshot.ts';
import type { Plan } from '../core/plan/plan.ts';
import type { AccountReport } from '../core/preflight/judge-account.ts';
import type { FleetCount, ScalingActivity } from '../core/scale/verify/fleet.ts';
import type { ScalingAlarm } from '../core/scale/verify/step-plan.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';

/** What serves, as `verify` sees it. */
export interface Service {
  /** Without a URL where only the name of a certificate is answered. */
  endpoint(): Promise<{ url: string | null; path: string; signing?: { service: string; region: string } }>;
  fleet(): Promise<FleetCount>;
  alarms(): Promise<ScalingAlarm[]>;
  activities(): Promise<ScalingActivity[]>;
}

export interface AwsAccess {
  /** Reads only, and never throws for what an account refuses. @param plan null to look at the account alone. */
  examine(plan: Plan | null): Promise<AccountReport>;
  /** @throws the service's error. */
  prices(instanceTypes: readonly string[]): Promise<PriceSnapshot>;
  /** Inference Recommender's description of one of its jobs, as the service answers it. @throws the service's error. */
  recommenderJob(name: string): Promise<unknown>;
  /** What serves an experiment in production, by the tags of its stack. @throws the service's error. */
  inProduction(experiment: string): Promise<{ arn: string; configuration: string; run: string | null }[]>;
  /** null when the ARN is nothing that the kit deploys. */
  service(arn: string): Service | null;
}

/** The region that a verb works in. @throws CliError where nobody names one. */
export function regionOrThrow(named: string | null | undefined): string {
  const region = named || process.env['AWS_REGION'] || process.env['AWS_DEFAULT_REGION'];
  if (region) return region;
  throw new CliError(exitCodes.usage, 'no region: give --region, or set AWS_REGION', 'export AWS_REGION=us-east-1');
}

/** Runs a call to AWS; what the service refuses is told in its own words. */
export async function askAws<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new CliError(exitCodes.preflight, `AWS refused: ${error.name}: ${error.message}`, 'infersweep doctor --aws');
  }
}
