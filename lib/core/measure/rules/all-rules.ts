/** Every rule that reads the load's result, the most specific cause first. */
import { batchingInert } from './batching-inert.ts';
import { clientBound } from './client-bound.ts';
import { clientLag } from './client-lag.ts';
import { errorRate } from './error-rate.ts';
import type { Rule } from './evidence.ts';
import { interrupted } from './interrupted.ts';
import { serverDied } from './server-died.ts';
import { timeout } from './timeout.ts';
import { tooFewSamples } from './too-few-samples.ts';
import { unsteady } from './unsteady.ts';
import { wrongOutput } from './wrong-output.ts';

export const rules: readonly Rule[] = [
  serverDied,
  wrongOutput,
  timeout,
  errorRate,
  interrupted,
  tooFewSamples,
  clientBound,
  clientLag,
  batchingInert,
  unsteady,
];
