/** What a reader must know before trusting the choice. */
import { ms, number } from '../report/wording.ts';
import type { Slo } from './goal.ts';
import type { Ranked } from './rank.ts';
import type { Standing } from './standing.ts';

/** Below this the next bad day breaks the objective. */
export const MARGIN_PERCENT = 10;

export function warningsFor(choice: Ranked, standing: Standing, slo: Slo, marginPercent: number): string[] {
  const { candidate, point } = choice;
  const found: (string | null)[] = [
    candidate.evidence === 'scalar'
      ? `the source gives single figures (${candidate.used[0]?.scalar?.statistic ?? 'latency'}): they are compared as printed, without confidence`
      : null,
    marginPercent < MARGIN_PERCENT ? `the choice is only ${number(marginPercent)} % inside its latency limit` : null,
    point.latencyInterval !== null && point.latencyInterval.high > slo.latencyMs
      ? `the upper 95 % limit of p${slo.percentile}, ${ms(point.latencyInterval.high)}, is over the limit of ${ms(slo.latencyMs)}`
      : null,
    candidate.evidence === 'distribution' && point.interval === null
      ? 'too few windows to tell the spread of the rate: measure longer or repeat'
      : null,
    candidate.status === 'degraded' ? `the choice is degraded: ${reasons(choice)}` : null,
    candidate.used.some((m) => m.origin === 'emulated') ? 'the choice was emulated, not measured' : null,
    outscreened(choice, standing)
      ? 'a configuration that was not confirmed screened better than the choice: confirm it, or raise confirm.finalists'
      : null,
  ];
  return found.filter((w) => w !== null);
}

export function outscreened(choice: Ranked, { unconfirmed }: Standing): boolean {
  return unconfirmed.some((r) => r.interval.high < choice.interval.low);
}

function reasons({ candidate }: Ranked): string {
  return [...new Set(candidate.used.flatMap((m) => m.validity.reasons.map((r) => r.code)))].join(', ');
}
