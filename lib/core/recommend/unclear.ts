/** What is said of a load whose percentile is inside the objective while its upper confidence limit is not. */
import { sampleMinimum } from '../measure/sample-minimum.ts';
import { ms, number } from '../report/wording.ts';
import type { Slo } from './goal.ts';
import type { OperatingPoint } from './operating-point.ts';

/** More requests at the same load narrow the limit. */
export const MEASURE_LONGER = 'measure longer (load.duration)';

/** @param point of a distribution, with a latency inside the objective. */
export function unclearText({ latencyMs, objective, stairId }: OperatingPoint, slo: Slo): string {
  const upperMs = objective?.upperMs ?? Number.POSITIVE_INFINITY;
  const where = stairId === null ? '' : ` at ${stairId}`;
  const limit = Number.isFinite(upperMs)
    ? `its upper 95 % limit of ${ms(upperMs)} does not`
    : 'its upper 95 % limit falls among the requests that failed';
  return `p${slo.percentile} ${ms(latencyMs)}${where} meets ${ms(slo.latencyMs)}, ${limit}: ${MEASURE_LONGER}`;
}

/** Of loads that all have too few requests for the percentile and its limit. */
export function tooFewText(points: readonly Pick<OperatingPoint, 'requests'>[], { percentile }: Slo): string {
  const most = Math.max(0, ...points.map((p) => p.requests ?? 0));
  const needed = sampleMinimum(percentile);
  return `${number(most)} requests at most on one load; p${percentile} and its upper 95 % limit need ${number(needed)}, ${number(needed - most)} more: ${MEASURE_LONGER}`;
}
