/**
 * The sweep as durable functions: one bundle, deployed three times, so that each function knows the versions of those
 * below it (`sweep → shard → group`). The event names the workflow; what a function has no other function for, it runs
 * itself, as a group that was lost and is tried again.
 */
import type { DurableLambdaHandler } from '@aws/durable-execution-sdk-js';
import * as z from 'zod';
import { durableHandler } from '../../lib/aws/durable/durable-handler.ts';
import type { DurableOptions } from '../../lib/aws/durable/durable-workflow.ts';
import { workflows } from '../../lib/engine/workflow/sweep.ts';
import { openPorts, type PortsOf } from '../compose.ts';

/** Workflow name → version ARN of the function that carries it. */
const functionsSchema = z.record(z.string(), z.string());

export { openPorts };

export function sweepFunction(
  open: (environment: NodeJS.ProcessEnv) => Promise<PortsOf>,
  environment: NodeJS.ProcessEnv,
  o: Pick<DurableOptions, 'scaleSeconds'> = {},
): DurableLambdaHandler {
  const functions = functionsSchema.parse(JSON.parse(environment['WORKFLOW_FUNCTIONS'] ?? '{}'));
  let portsOf: PortsOf | null = null;
  const carried = durableHandler(({ runId, planSha256 }) => workflows(portsOf!(runId, planSha256 ?? null)), {
    ...o,
    functions,
  });
  return async (event, context) => {
    // Before the carrier begins, where a throw is an invocation that died, which Lambda repeats; inside it would end the
    // execution, past every teardown.
    portsOf ??= await open(environment);
    return carried(event, context);
  };
}

export const handler = sweepFunction(openPorts, process.env);
