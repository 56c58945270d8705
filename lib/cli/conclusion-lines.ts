/** Whether a document's conclusions follow from its figures, as a person reads it. */
import type { CheckedConclusions, ConclusionStanding } from '../core/report/conclusions.ts';

const words: Record<ConclusionStanding, string> = {
  holds: 'holds',
  direction: 'holds, by another amount',
  fails: 'does not follow',
  unknown: 'cannot be told',
};

export function conclusionLines({ conclusions, priceDates, missingPrices }: CheckedConclusions): string[] {
  const later = priceDates.length > 0 ? `at prices of ${priceDates.join(', ')}` : 'at later prices';
  return [
    ...conclusions.flatMap(({ says, published, repriced }) => {
      const same = published.standing === repriced.standing && published.found === repriced.found;
      const own = `  ${words[published.standing]}: ${published.found}`;
      return [says, own, ...(same ? [] : [`  ${later}: ${words[repriced.standing]}: ${repriced.found}`])];
    }),
    ...missingPrices.map((why) => `note: not priced again: ${why}`),
  ];
}

/** One line for the end of a decision. */
export function conclusionSummary({ conclusions, priceDates, choice }: CheckedConclusions): string {
  const count = (of: 'published' | 'repriced') =>
    conclusions.filter((c) => c[of].standing === 'holds' || c[of].standing === 'direction').length;
  const later = priceDates.length > 0 ? `, ${count('repriced')} at prices of ${priceDates.join(', ')}` : '';
  const same = choice.published === choice.repriced ? 'the same' : (choice.repriced ?? 'nothing, for lack of a price');
  const now = priceDates.length > 0 && choice.published !== null ? `; the choice there is ${same}` : '';
  return `${count('published')} of the document's ${conclusions.length} conclusions follow from its figures${later}${now}`;
}
