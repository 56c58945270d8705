/** What a validity rule looks at, made to order. */
import type { SegmentResult } from '../../lib/core/load/job.ts';
import { mergeStair } from '../../lib/core/measure/merge-stair.ts';
import type { Evidence } from '../../lib/core/measure/rules/evidence.ts';
import { configurationOf } from './measurements.ts';

export function evidenceOf(stairs: readonly (readonly SegmentResult[])[], o: Partial<Evidence> = {}): Evidence {
  return {
    configuration: configurationOf('x'),
    slo: { percentile: 95, latencyMs: 50, maxErrorRate: 0.001 },
    stairs: stairs.map((windows, i) => ({ stair: mergeStair(`stair-${i}`, windows, 0), windows })),
    serverCores: 1,
    golden: { checked: 8, wrong: 0, firstMismatch: null },
    repeats: null,
    ending: null,
    ...o,
  };
}
