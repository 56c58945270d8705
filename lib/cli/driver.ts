/** Who drives a run: decided by its targets and by what was asked for. */
import type { Plan } from '../core/plan/plan.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { CloudCarrier, Driver, Run } from './kit.ts';

export interface DriverOptions {
  on?: string;
  fromHere?: boolean;
  carrier?: string;
}

/** Whether anything of the plan is outside this machine. */
export function isCloud(plan: Plan): boolean {
  return plan.deployments.some(({ configuration }) => configuration.target !== 'local');
}

/** @throws CliError when targets and options do not go together. */
export function driverFor(plan: Plan, experiment: string, { on, fromHere, carrier }: DriverOptions): Driver {
  const usage = (message: string, next: string) => new CliError(exitCodes.usage, message, next);
  if (carrier !== undefined && !isCarrier(carrier)) {
    throw usage(
      `--carrier ${carrier}: one of durable, fargate is expected`,
      `infersweep run ${experiment} --on aws --carrier fargate`,
    );
  }
  if (carrier !== undefined && on === undefined) {
    throw usage(
      '--carrier says what carries a run that AWS drives, and this one is not',
      `infersweep run ${experiment} --on aws --carrier ${carrier}`,
    );
  }
  if (on !== undefined && on !== 'aws')
    throw usage(`--on ${on}: only aws is known`, `infersweep run ${experiment} --on aws`);
  if (on !== undefined && fromHere) {
    throw usage(
      '--on aws and --from-here exclude each other: either AWS drives the run or this process does',
      'infersweep run --help',
    );
  }
  const targets = [...new Set(plan.deployments.map(({ configuration }) => configuration.target))];
  if (!isCloud(plan)) {
    if (on === undefined && !fromHere) return 'local';
    throw usage(
      `${on === undefined ? '--from-here' : '--on aws'}: every target of ${plan.experiment} is local`,
      `infersweep run ${experiment}`,
    );
  }
  if (targets.includes('local')) {
    throw usage(
      `targets ${targets.join(' and ')} stand in one experiment: they cannot be loaded from one place`,
      'make an experiment of each, and compare the two runs with: infersweep compare BASE HEAD',
    );
  }
  if (on === undefined && !fromHere) {
    throw usage(
      `target ${targets.join(' and ')} costs money on AWS: say who drives the run, AWS (--on aws) or this process (--from-here)`,
      `infersweep run ${experiment} --on aws`,
    );
  }
  return fromHere ? 'here' : 'aws';
}

export function isCarrier(text: string): text is CloudCarrier {
  return text === 'durable' || text === 'fargate';
}

/** As the run was started. */
export async function driverOf(run: Run): Promise<Driver> {
  return (await lockOf(run)).driver ?? 'local';
}

/** Of a run that AWS drives, as it was started. */
export async function carrierOf(run: Run): Promise<CloudCarrier> {
  return (await lockOf(run)).carrier ?? 'durable';
}

async function lockOf(run: Run): Promise<{ driver?: Driver; carrier?: CloudCarrier | null }> {
  const text = await run.store.get('lock.json');
  return text === null ? {} : JSON.parse(text);
}
