/** Every rule that reads the load's result, the most specific cause first. */
import { batchingInert } from './batching-inert.ts';
import { cacheHit } from './cache-hit.ts';
import { clientBound } from './client-bound.ts';
import { clientLag } from './client-lag.ts';
import { errorRate } from './error-rate.ts';
import type { Rule } from './evidence.ts';
import { interrupted } from './interrupted.ts';
import { oom } from './oom.ts';
import { serverDied } from './server-died.ts';
import { throttled } from './throttled.ts';
import { timeout } from './timeout.ts';
import { tooFewSamples } from './too-few-samples.ts';
import { unequalStarts } from './unequal-starts.ts';
import { unsteady } from './unsteady.ts';
import { wan } from './wan.ts';
import { wrongOutput } from './wrong-output.ts';

export const rules: readonly Rule[] = [
  oom,
  serverDied,
  wrongOutput,
  timeout,
  errorRate,
  interrupted,
  tooFewSamples,
  clientBound,
  clientLag,
  unequalStarts,
  wan,
  cacheHit,
  throttled,
  batchingInert,
  unsteady,
];
