/** The lines of the throughput-latency picture, before anything is drawn. */
import type { Measurement } from '../../measure/measurement.ts';
import { type Candidate, candidatesOf } from '../../recommend/candidate.ts';
import { keeps } from '../../recommend/capacity.ts';
import type { Recommendation } from '../../recommend/recommendation.ts';

export interface CurveSeries {
  label: string;
  chosen: boolean;
  /** In the order of the offered load; `keeps`: whether it kept the objective. */
  points: { rate: number; latencyMs: number; keeps: boolean }[];
}

/**
 * In the order of the candidates, so that the best get colours. A confirmed configuration is judged at one load only; the
 * rest of its line is its screening. Single figures of a source are no curve, and invalid ones no picture.
 */
export function curveSeries(
  candidates: readonly Candidate[],
  measurements: readonly Measurement[],
  { slo, deploy }: Recommendation,
): CurveSeries[] {
  const screened = new Map(
    candidatesOf(
      measurements.filter((m) => m.purpose === 'screen'),
      slo,
      true,
    ).map((c) => [c.configuration.id, c.points]),
  );
  return candidates
    .filter((c) => c.evidence === 'distribution' && c.refused === null)
    .map(({ configuration, points }) => {
      const judged = new Map(points.map((p) => [p.stairId, p]));
      const line = screened.get(configuration.id)?.map((p) => judged.get(p.stairId) ?? p) ?? points;
      return {
        label:
          configuration.target === 'local'
            ? configuration.name
            : `${configuration.name} · ${configuration.instanceType}`,
        chosen: configuration.id === deploy?.id,
        points: line.flatMap((p) =>
          p.latencyMs === null || p.ratePerSecond <= 0
            ? []
            : [{ rate: p.ratePerSecond, latencyMs: p.latencyMs, keeps: keeps(p, slo.latencyMs) }],
        ),
      };
    })
    .filter((s) => s.points.length > 0);
}
