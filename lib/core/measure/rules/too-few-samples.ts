/** No stair has enough requests to say anything about the percentile of the objective. */
import { sampleMinimum } from '../sample-minimum.ts';
import type { Rule } from './evidence.ts';

export const tooFewSamples: Rule = ({ stairs, slo }) => {
  if (stairs.length === 0) return null;
  const most = Math.max(...stairs.map(({ stair }) => stair.requests));
  const needed = sampleMinimum(slo.percentile);
  if (most >= needed) return null;
  return {
    code: 'too-few-samples',
    detail: `${most} requests at most on one stair; p${slo.percentile} needs ${needed}`,
  };
};
