/** The reaper's own handler as a function of the loopback AWS: with clients, role and environment of its own. */
import { STS } from '@aws-sdk/client-sts';
import { reaper } from '../../../lambda/reaper/handler.ts';
import { guardArns } from './iam-guard.ts';
import type { LoopbackAws } from './loopback-aws.ts';
import { deadlineGroup, type FunctionCode } from './world.ts';

/** Lambda's most. */
const FUNCTION_SECONDS = 900;

/** Time passes while it waits. */
export function reaperFunction(aws: LoopbackAws): FunctionCode {
  const { world } = aws;
  return async (event) => {
    const sts = new STS(aws.config);
    const { Credentials } = await sts.assumeRole({ RoleArn: guardArns.reaperRole, RoleSessionName: 'guard-reaper' });
    const restore = environmentOf({
      ...aws.environment,
      AWS_ACCESS_KEY_ID: Credentials!.AccessKeyId!,
      AWS_SECRET_ACCESS_KEY: Credentials!.SecretAccessKey!,
      AWS_SESSION_TOKEN: Credentials!.SessionToken!,
      DEADLINE_GROUP: deadlineGroup,
      METRIC_NAMESPACE: 'Infersweep/Guard',
      GUARD: 'guard',
    });
    const startMs = world.nowMs;
    try {
      const handler = reaper({
        clock: { nowMs: () => world.nowMs, nowIso: () => new Date(world.nowMs).toISOString() },
        wait: async (seconds) => world.advance(seconds),
      });
      return await handler(event, {
        getRemainingTimeInMillis: () => FUNCTION_SECONDS * 1000 - (world.nowMs - startMs),
      });
    } finally {
      restore();
    }
  };
}

/** Of this process, as a Lambda reads it; gives back how to undo it. */
function environmentOf(values: Record<string, string>): () => void {
  const before = Object.keys(values).map((key) => [key, process.env[key]] as const);
  Object.assign(process.env, values);
  return () => {
    for (const [key, value] of before) {
      if (value === undefined) delete process.env[key];
      else process.env[key] = value;
    }
  };
}
