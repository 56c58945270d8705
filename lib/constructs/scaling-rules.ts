/** What is wrong, or better otherwise, in the bounds and cooldowns of a fleet. */
import { Annotations, type Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { EndpointScalingProps } from './endpoint-scaling.ts';
import { trackedValue } from './tracked-load.ts';

type Bounds = Pick<EndpointScalingProps, 'track' | 'minCapacity' | 'maxCapacity' | 'quotaInstances'>;

/** @throws with everything that is wrong at once */
export function assertScaling({ track, minCapacity, maxCapacity, quotaInstances }: Bounds): void {
  const what = track.kind === 'invocations' ? 'perInstancePerMinute' : 'perModel';
  const { value } = trackedValue(track);
  const wrong = [
    ...(value > 0 ? [] : [`${what} is ${value}, must be more than 0`]),
    ...(track.kind === 'concurrency' && track.countedBy !== 'server'
      ? [
          "a concurrency counted by the client says nothing about what the server holds, use the server's or track invocations",
        ]
      : []),
    ...(minCapacity >= 1
      ? []
      : [`minCapacity is ${minCapacity}, must be at least 1: a real-time fleet cannot scale to zero`]),
    ...(maxCapacity >= minCapacity ? [] : [`maxCapacity is ${maxCapacity}, below minCapacity ${minCapacity}`]),
    ...(quotaInstances !== undefined && quotaInstances < minCapacity
      ? [`the quota is ${quotaInstances} instances, below minCapacity ${minCapacity}: have it raised in Service Quotas`]
      : []),
  ];
  if (wrong.length > 0) throw new Error(`cannot scale: ${wrong.join('; ')}.`);
}

/** The maximum that the account allows. */
export function withinQuota(
  scope: Construct,
  { maxCapacity, quotaInstances }: Pick<Bounds, 'maxCapacity' | 'quotaInstances'>,
): number {
  if (quotaInstances === undefined || maxCapacity <= quotaInstances) return maxCapacity;
  Annotations.of(scope).addWarningV2(
    'infersweep:quota-below-peak',
    `the fleet may grow to ${quotaInstances} instances only, the quota, and not to the ${maxCapacity} that the peak needs. Have the quota raised in Service Quotas, then deploy again.`,
  );
  return quotaInstances;
}

/** An activity takes 240 to 430 s (measured by others); a cooldown starts only after it. */
export function cooldownAdvice(scope: Construct, scaleOutSeconds: number, scaleInSeconds: number): void {
  if (scaleOutSeconds > 60)
    Annotations.of(scope).addInfo(
      `a scale-out cooldown of ${scaleOutSeconds} s begins when instances have started: a growing load waits for both at every step. 0 to 60 s suffice once the startup is measured.`,
    );
  if (scaleInSeconds < 300)
    Annotations.of(scope).addWarningV2(
      'infersweep:scale-in-cooldown',
      `a scale-in cooldown of ${scaleInSeconds} s is shorter than most instances take to come back: the fleet may flap. Use 300 s or three times the startup, whichever is more.`,
    );
}

/** Application Auto Scaling counts in whole seconds; waiting longer is the safe side. */
export function wholeSeconds(cooldown: Duration): number {
  return Math.ceil(cooldown.toMilliseconds({ integral: false }) / 1000);
}
