import { pairedVerdict } from '../lib/core/measure/paired-verdict.ts';

/** Who is named when pairs are looked at after every two of them, as a comparison until decided does; null when nobody is. */
export function winnerOf(ratios: readonly number[]): 'first' | 'second' | null {
  for (let pairs = 2; pairs <= ratios.length; pairs += 2) {
    const { winner } = pairedVerdict(ratios.slice(0, pairs));
    if (winner === 'first' || winner === 'second') return winner;
    if (winner === 'tie') return null;
  }
  return null;
}
