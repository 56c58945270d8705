/** What target tracking holds, in its own unit. */
export type TrackedLoad =
  | {
      readonly kind: 'invocations';
      /** Requests per minute that each instance is to carry; seen by scaling after three to six minutes. */
      readonly perInstancePerMinute: number;
    }
  | {
      readonly kind: 'concurrency';
      /** Requests that each model is to hold at once, waiting ones included; published every ten seconds. */
      readonly perModel: number;
      /**
       * Who counted. Scaling compares the maximum of what the server holds, which is 1.4 to 10 times the mean that a client
       * sees (sample-kokoro-tts, capacity model): a client's figure would scale far too late or too early.
       */
      readonly countedBy: 'server' | 'client';
    };

/** Application Auto Scaling's names; the policy's own name is unique within its target only. */
export function trackedValue(track: TrackedLoad): { metric: string; value: number; name: string } {
  return track.kind === 'invocations'
    ? {
        metric: 'SageMakerVariantInvocationsPerInstance',
        value: track.perInstancePerMinute,
        name: 'InvocationsPerInstance',
      }
    : {
        metric: 'SageMakerVariantConcurrentRequestsPerModelHighResolution',
        value: track.perModel,
        name: 'ConcurrentRequestsPerModel',
      };
}

export function trackedText(track: TrackedLoad): string {
  return track.kind === 'invocations'
    ? `${track.perInstancePerMinute} requests per instance and minute`
    : `${track.perModel} requests at once per model`;
}
