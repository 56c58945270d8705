/** The reaper as a Lambda: on a schedule, at a deadline, and as the gate through which the guard's stack is deleted. */
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { EC2 } from '@aws-sdk/client-ec2';
import { ECS } from '@aws-sdk/client-ecs';
import { ResourceGroupsTaggingAPI } from '@aws-sdk/client-resource-groups-tagging-api';
import { SageMaker } from '@aws-sdk/client-sagemaker';
import { Scheduler } from '@aws-sdk/client-scheduler';
import { AwsInventory } from '../../lib/aws/reap/aws-inventory.ts';
import { publishPass } from '../../lib/aws/reap/reap-metrics.ts';
import { answerStack, asStackEvent } from '../../lib/aws/stack-event.ts';
import { scopeOf } from '../../lib/engine/doom.ts';
import { type ReapOptions, type ReapPorts, reap } from '../../lib/engine/reap.ts';
import { leaked, leftovers, type ReapReport } from '../../lib/engine/reap-report.ts';

type Time = Pick<ReapPorts, 'clock' | 'wait'>;

/** Time of the function that is kept for a last round, publishing and answering. */
const RESERVE_MS = 120_000;
/** A pass on schedule need not see the end of a deletion: the next one does. */
const PASS_MS = 120_000;

export function reaper({ clock, wait }: Time) {
  const retries = { maxAttempts: 5 };
  const clients = {
    sagemaker: new SageMaker(retries),
    ec2: new EC2(retries),
    ecs: new ECS(retries),
    scheduler: new Scheduler(retries),
    tagging: new ResourceGroupsTaggingAPI(retries),
  };
  const cloudwatch = new CloudWatch(retries);
  const { DEADLINE_GROUP: group = '', METRIC_NAMESPACE: namespace = '', GUARD: guard = '' } = process.env;
  async function pass(options: ReapOptions): Promise<ReapReport> {
    const report = await reap({ inventory: new AwsInventory(clients, group), clock, wait }, options);
    console.log(JSON.stringify({ scope: options.scope, leaked: leaked(report), ...report }));
    await publishPass(cloudwatch, { namespace, guard, leaked: leaked(report), pending: report.pending.length });
    return report;
  }

  return async (event: unknown, context: { getRemainingTimeInMillis(): number }): Promise<ReapReport | null> => {
    const untilMs = clock.nowMs() + context.getRemainingTimeInMillis() - RESERVE_MS;
    const stack = asStackEvent(event);
    if (!stack) {
      const soon = Math.min(untilMs, clock.nowMs() + PASS_MS);
      return pass({ scope: scopeOf(event), untilMs: soon, pauseSeconds: 15, confirmations: 1 });
    }
    if (stack.RequestType !== 'Delete') return answerStack(stack, 'SUCCESS', 'nothing to do').then(() => null);
    const reason = await pass({ scope: 'everything', untilMs, pauseSeconds: 15, confirmations: 2 }).then(
      (report) => leftovers(report).join('; '),
      (error: Error) => `the reaper failed: ${error.name}: ${error.message}`,
    );
    await answerStack(stack, reason ? 'FAILED' : 'SUCCESS', reason && `still alive, delete the stack again: ${reason}`);
    return null;
  };
}

export const handler = reaper({
  clock: { nowMs: () => Date.now(), nowIso: () => new Date().toISOString() },
  wait: (seconds) => new Promise((done) => setTimeout(done, seconds * 1000)),
});
