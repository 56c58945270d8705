/** What would have to change for a rejected row, in a few words. */
import type { Rejected } from '../recommend/recommendation.ts';
import { number } from './wording.ts';

export function winsText(change: Rejected['wouldWinAt']): string {
  if (change === null) return 'no limit, demand or price makes it win';
  const parts = [
    change.sloMs === undefined ? null : `a limit of ${limitText(change.sloMs)} ms`,
    change.requestsPerMinute === undefined ? null : `a demand of ${number(change.requestsPerMinute)} requests/min`,
    change.usdPerHour === undefined ? null : `a price of ${Number(change.usdPerHour.toFixed(4))} USD/h`,
  ];
  return `would win at ${parts.filter((p) => p !== null).join(' and ')}`;
}

/** A threshold that is rounded must stay on its side: a latency is admitted by the limit above it, in four digits. */
export function limitText(sloMs: number): string {
  const unit = 10 ** (Math.floor(Math.log10(sloMs)) - 3);
  const up = Number((Math.ceil(Number((sloMs / unit).toPrecision(12))) * unit).toPrecision(12));
  return Number.isInteger(up) ? number(up) : String(up);
}

/** The reason with what would change it; figures that may not be trusted have no such thing. */
export function whyText({ detail, reason, wouldWinAt }: Pick<Rejected, 'detail' | 'reason' | 'wouldWinAt'>): string {
  return reason === 'validity' ? detail : `${detail}; ${winsText(wouldWinAt)}`;
}
