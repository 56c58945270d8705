/** Why a row lost: its binding constraint, in words that name the figure and the limit. */
import { ms, number, percent, usd } from '../report/wording.ts';
import { instancesFor } from '../scale/instances.ts';
import type { Candidate } from './candidate.ts';
import { closestPoint, fastestPoint, feasiblePoints, unclearPoints } from './capacity.ts';
import type { Goal, Slo } from './goal.ts';
import type { OperatingPoint } from './operating-point.ts';
import type { Ranked } from './rank.ts';
import type { Rejected } from './recommendation.ts';
import { tooFewText, unclearText } from './unclear.ts';

export interface Rejection {
  reason: Rejected['reason'];
  detail: string;
  /** The point the detail speaks of. */
  latencyMs: number | null;
  /** Only what met the objective is a capacity. */
  capacityPerMinute: number | null;
}

/** A row that may meet the objective but lacks what the comparison needs. */
export function rejectUnpriced(candidate: Candidate, detail: string, slo: Slo): Rejection {
  const point = fastestPoint(feasiblePoints(candidate.points, slo.latencyMs));
  return point === null ? rejectInfeasible(candidate, slo) : { reason: 'no-price', detail, ...figures(point) };
}

export function rejectInvalid(candidate: Candidate): Rejection {
  return { reason: 'validity', detail: candidate.refused!, latencyMs: null, capacityPerMinute: null };
}

/** A row without a feasible point: too slow, not surely quick enough, failing, or without the figures to judge it by. */
export function rejectInfeasible({ points, evidence, used }: Candidate, slo: Slo): Rejection {
  const none = { latencyMs: null, capacityPerMinute: null };
  const closest = closestPoint(points);
  if (closest !== null && unclearPoints([closest], slo.latencyMs).length > 0) {
    return { reason: 'slo', detail: unclearText(closest, slo), latencyMs: closest.latencyMs, capacityPerMinute: null };
  }
  if (closest !== null && closest.latencyMs! > slo.latencyMs) {
    const name = evidence === 'scalar' ? (used[0]?.scalar?.statistic ?? 'latency') : `p${slo.percentile}`;
    const where = closest.stairId === null ? '' : ` at its best (${closest.stairId})`;
    const detail = `${name} ${ms(closest.latencyMs)}${where} is over the limit of ${ms(slo.latencyMs)}`;
    return { reason: 'slo', detail, latencyMs: closest.latencyMs, capacityPerMinute: null };
  }
  const failing = points.find((p) => p.errorsOver) ?? points.find((p) => p.missing === 'failures');
  if (failing !== undefined) {
    const share = failing.errorRate === null ? 'requests' : `${percent(failing.errorRate)} of requests`;
    const where = failing.stairId === null ? '' : ` at ${failing.stairId}`;
    const detail = `${share} failed${where}; the limit is ${percent(slo.maxErrorRate)}`;
    return { reason: 'errors', detail, ...none, latencyMs: failing.latencyMs };
  }
  if (points.some((p) => p.missing === 'too-few-samples')) {
    return { reason: 'validity', detail: tooFewText(points, slo), ...none };
  }
  if (points.some((p) => p.missing === 'not-reported')) {
    return { reason: 'slo', detail: 'its source reports no latency', ...none };
  }
  const latencyMs = used[0]?.scalar?.latencyMs ?? null;
  return { reason: 'demand', detail: 'no rate is known, so no fleet can be sized', latencyMs, capacityPerMinute: null };
}

/** A row that meets the objective and is beaten on it. */
export function rejectBeaten(row: Ranked, choice: Ranked, goal: Goal): Rejection {
  const detail =
    goal.objective === 'minimize-cost'
      ? costDetail(row, choice, goal)
      : goal.objective === 'minimize-latency'
        ? `${ms(row.point.latencyMs)} against ${ms(choice.point.latencyMs)} of the choice`
        : goal.objective === 'maximize-throughput'
          ? `${number(row.point.itemsPerSecond)}/s per instance against ${number(choice.point.itemsPerSecond)}/s of the choice`
          : `balanced score ${number(row.value)} against ${number(choice.value)} of the choice (1 is best in both)`;
  return { reason: 'cost', detail, ...figures(row.point) };
}

function costDetail(row: Ranked, choice: Ranked, { demandPerMinute }: Goal): string {
  if (demandPerMinute === null) {
    return `${usd(row.value)} USD per million against ${usd(choice.value)} of the choice`;
  }
  const count = instancesFor(demandPerMinute, row.point.ratePerSecond * 60);
  return `${count} instance${count === 1 ? '' : 's'} for ${usd(row.value)} USD/h against ${usd(choice.value)} USD/h of the choice`;
}

function figures(point: OperatingPoint) {
  return { latencyMs: point.latencyMs, capacityPerMinute: Number((point.ratePerSecond * 60).toPrecision(12)) };
}
