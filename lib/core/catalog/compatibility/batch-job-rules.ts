/** Rules for runtimes that are no servers. */
import type { Rule } from './rule.ts';

/** It has no endpoint, so only a machine that is ours for a while can run it. */
export const torchbenchIsABatchJob: Rule = ({ runtime, target }) =>
  runtime === 'torchbench' && target !== 'ec2'
    ? { rule: 'torchbench-is-a-batch-job', fix: 'torchbench runs to its end and serves nothing: use it on ec2' }
    : null;
