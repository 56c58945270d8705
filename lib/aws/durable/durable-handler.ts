import {
  type DurableExecutionConfig,
  type DurableLambdaHandler,
  withDurableExecution,
} from '@aws/durable-execution-sdk-js';
import type { Json, Workflow } from '../../core/ports/workflow.ts';
import { errorText } from '../../core/workflow/outcome.ts';
import { type WorkflowEvent, workflowEventSchema } from '../../core/workflow/workflow-event.ts';
import { type DurableOptions, DurableWorkflow } from './durable-workflow.ts';

type Registry = DurableOptions['registry'];

/**
 * A durable function that carries the workflow named by its event.
 * @param registryOf the workflows over the ports of one run; called once in each invocation, so it must not do anything
 */
export function durableHandler(
  registryOf: (event: WorkflowEvent) => Registry,
  o: Pick<DurableOptions, 'functions' | 'scaleSeconds'> = {},
  config?: DurableExecutionConfig,
): DurableLambdaHandler {
  return withDurableExecution<unknown, Json>(async (input, context) => {
    try {
      const event = workflowEventSchema.parse(input);
      const registry = registryOf(event);
      const workflow = registry[event.workflow];
      if (!workflow) {
        const known = Object.keys(registry).join(', ');
        throw new Error(`no workflow "${event.workflow}" is registered; there are ${known}`);
      }
      const { runId, path, planSha256 } = event;
      const root: Workflow = new DurableWorkflow(context, path, { ...o, runId, planSha256, registry });
      return await workflow(root, event.input);
    } catch (error) {
      throw new Error(errorText(error));
    }
  }, config);
}
