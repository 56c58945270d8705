/** What would have to change for a rejected row, in a few words. */
import type { Rejected } from '../recommend/recommendation.ts';
import { ms, number, usd } from './wording.ts';

export function winsText(change: Rejected['wouldWinAt']): string {
  if (change === null) return 'no single change makes it win';
  const parts = [
    change.sloMs === undefined ? null : `a limit of ${ms(change.sloMs)}`,
    change.requestsPerMinute === undefined ? null : `a demand of ${number(change.requestsPerMinute)} requests/min`,
    change.usdPerHour === undefined ? null : `a price of ${usd(change.usdPerHour)} USD/h`,
  ];
  return `would win at ${parts.filter((p) => p !== null).join(' and ')}`;
}

/** The reason with what would change it; figures that may not be trusted have no such thing. */
export function whyText({ detail, reason, wouldWinAt }: Pick<Rejected, 'detail' | 'reason' | 'wouldWinAt'>): string {
  return reason === 'validity' ? detail : `${detail}; ${winsText(wouldWinAt)}`;
}
