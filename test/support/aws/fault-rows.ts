/** What the rows of the fault matrix have in common: short runs, their exit codes, and what a run asked of AWS. */
import { codesOf } from '../../../lib/cli/execute.ts';
import { type ExitCode, exitCodes, worstOf } from '../../../lib/cli/exit-codes.ts';
import type { Measurement } from '../../../lib/core/measure/measurement.ts';
import type { RunEnd } from '../../../lib/engine/run.ts';
import { CLOUD_TYPES } from './cloud-plan.ts';
import { type CloudRun, type CloudRunOptions, guard } from './cloud-run.ts';
import { scriptedHosts } from './host-launcher.ts';

/** Endpoints that are up after half a minute: most rows are not about the wait for them. */
export const SOON: CloudRunOptions = { hosting: { start: () => ({ seconds: 30 }) } };

/** Starts, tasks and deletions that are short, so that a run has few looks; everything else as it is. */
export const BRIEF: CloudRunOptions = {
  hosting: { start: () => ({ seconds: 15 }) },
  ec2: { launcher: scriptedHosts(() => ({ readyAfterSeconds: 15 })) },
  ecs: { provisioningSeconds: 1, deprovisioningSeconds: 1 },
  deletionSeconds: 10,
};

export const ON_EC2 = { targets: [{ ec2: { instanceTypes: [CLOUD_TYPES.ec2] } }] };

export function ended(end: Awaited<ReturnType<CloudRun['live']>>): RunEnd {
  if (typeof end === 'string') throw new Error(`the controller ended as ${end}`);
  return end;
}

/** With which the command line would leave, as far as the end of the sweep and its trials tell. */
export async function exitOf(run: CloudRun, end: RunEnd): Promise<ExitCode> {
  const bad = (await run.trials()).some(({ outcome }) => !/^(valid|degraded)/.test(outcome));
  return worstOf([...codesOf(end), ...(bad ? [exitCodes.invalidTrial] : [])]);
}

/** What it ended as, by configuration, sorted. */
export async function outcomes(run: CloudRun): Promise<string[]> {
  const all = (await run.trials()).map(({ trial, outcome }) => {
    const { deployment } = run.plan.trials.find(({ id }) => id === trial)!;
    const { configuration } = run.plan.deployments.find(({ id }) => id === deployment)!;
    return `${configuration.name}@${configuration.instanceType} ${outcome}`;
  });
  return all.sort();
}

export async function records(run: CloudRun): Promise<Measurement[]> {
  return (await run.ports(null)).records.list();
}

export const calls = (run: CloudRun, call: string) => run.world.calls.filter((made) => made === call).length;

/** What CloudFormation sends to the gate of the guard's stack that is to be deleted, and what it is answered. */
export async function deleteGuard(run: CloudRun): Promise<{ Status: string; Reason: string }> {
  const answered = run.aws.stackAnswers.length;
  const event = {
    RequestType: 'Delete',
    ResponseURL: run.aws.responseUrl,
    StackId: 'arn:aws:cloudformation:us-east-1:123456789012:stack/Guard/1',
    RequestId: `request-${answered}`,
    LogicalResourceId: 'Gate',
    PhysicalResourceId: 'gate',
  };
  await run.world.functions.get(guard.reaperFunction)!(event);
  const body = run.aws.stackAnswers.at(answered)?.body;
  if (body === undefined) throw new Error('CloudFormation got no answer');
  return body as { Status: string; Reason: string };
}
