/** The golden recommendation of source 002, and variations of it. */
import { readFileSync } from 'node:fs';
import { type Recommendation, recommendationSchema } from '../../lib/core/recommend/recommendation.ts';

export const recommendationFile = new URL('../../examples/triton-instance-sweep/recommendation.json', import.meta.url)
  .pathname;

export function recommendation002(change: Partial<Recommendation> = {}): Recommendation {
  return { ...recommendationSchema.parse(JSON.parse(readFileSync(recommendationFile, 'utf8'))), ...change };
}
