/** What a reader must know before trusting the choice. */
import { ms, number, percentileName } from '../report/wording.ts';
import { unclearPoints } from './capacity.ts';
import type { Slo } from './goal.ts';
import { type OperatingPoint, poolStair } from './operating-point.ts';
import type { Ranked } from './rank.ts';
import type { Standing } from './standing.ts';
import { unclearText } from './unclear.ts';

/** Below this the next bad day breaks the objective. */
export const MARGIN_PERCENT = 10;

export function warningsFor(choice: Ranked, standing: Standing, slo: Slo, marginPercent: number): string[] {
  const { candidate, point } = choice;
  const found: (string | null)[] = [
    candidate.evidence === 'scalar'
      ? `the source gives single figures (${candidate.used[0]?.scalar?.statistic ?? 'latency'}): they are compared as printed, without confidence`
      : null,
    marginPercent < MARGIN_PERCENT ? `the choice is only ${number(marginPercent)} % inside its latency limit` : null,
    unclearAbove(choice, slo),
    candidate.evidence === 'distribution' && point.interval === null
      ? 'too few windows to tell the spread of the rate: measure longer or repeat'
      : null,
    candidate.status === 'degraded' ? `the choice is degraded: ${reasons(choice)}` : null,
    candidate.used.some((m) => m.origin === 'emulated') ? 'the choice was emulated, not measured' : null,
    ...wholeLoads(choice, slo),
    outscreened(choice, standing)
      ? 'a configuration that was not confirmed screened better than the choice: confirm it, or raise confirm.finalists'
      : null,
  ];
  return found.filter((w) => w !== null);
}

/** A load that may be kept as well, and is a higher capacity. */
function unclearAbove({ candidate, point }: Ranked, slo: Slo): string | null {
  const higher = fastest(
    unclearPoints(candidate.points, slo.latencyMs).filter((p) => p.ratePerSecond > point.ratePerSecond),
  );
  return higher === null ? null : `the choice may carry ${number(higher.ratePerSecond)}/s: ${unclearText(higher, slo)}`;
}

function fastest(points: readonly OperatingPoint[]): OperatingPoint | null {
  return points.reduce<OperatingPoint | null>(
    (top, p) => (top === null || p.ratePerSecond > top.ratePerSecond ? p : top),
    null,
  );
}

export function outscreened(choice: Ranked, { unconfirmed }: Standing): boolean {
  return unconfirmed.some((r) => r.interval.high < choice.interval.low);
}

/** A part that held its rate says nothing of what the others left behind. */
function wholeLoads({ candidate: { used } }: Ranked, slo: Slo): string[] {
  const all = used.flatMap((m) => m.whole ?? []);
  return [...new Set(all.map((s) => s.id))].map((id) => {
    const point = poolStair(
      all.filter((s) => s.id === id),
      1,
      slo,
    );
    const held = { met: 'kept', missed: 'missed', unclear: 'neither kept nor missed for certain' }[
      point.objective!.verdict
    ];
    const figure = point.latencyMs === null ? '' : ` (${percentileName(slo.percentile)} ${ms(point.latencyMs)})`;
    return `over the whole ${id}, at ${number(point.ratePerSecond)}/s on average, the objective was ${held}${figure}; the capacity is the highest rate of a part that kept it`;
  });
}

function reasons({ candidate }: Ranked): string {
  return [...new Set(candidate.used.flatMap((m) => m.validity.reasons.map((r) => r.code)))].join(', ');
}
