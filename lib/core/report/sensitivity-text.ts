/** How firm the decision is, in sentences. */
import type { Choice, Flip, Recommendation } from '../recommend/recommendation.ts';
import { limitText } from './wins-text.ts';
import { number } from './wording.ts';

export interface FlipText {
  /** The value that would change, and the one that it has. */
  what: string;
  holds: string;
  flips: string;
  change: string;
  winner: string;
}

export function flipTexts({ sensitivity }: Pick<Recommendation, 'sensitivity'>): FlipText[] {
  return sensitivity.map((flip) => ({
    what: subject(flip),
    holds: valueText(flip, flip.holdsTo),
    flips: valueText(flip, flip.flipsAt),
    change: `${flip.percent > 0 ? '+' : '−'}${number(Math.abs(flip.percent))} %`,
    winner: flip.winner === null ? 'nothing meets the limit' : nameOf(flip.winner),
  }));
}

/** One line for each change: `limit 498 ms instead of 500 ms (−0.4 %): trt-db on ml.g4dn.12xlarge`. */
export function flipLine(flip: Flip): string {
  const [text] = flipTexts({ sensitivity: [flip] });
  const { what, flips, change, winner } = text!;
  return `${what} ${flips} instead of ${valueText(flip, flip.stated)} (${change}): ${winner}`;
}

function subject({ what, instanceType }: Flip): string {
  return what === 'sloMs' ? 'limit' : what === 'requestsPerMinute' ? 'demand' : `price of ${instanceType}`;
}

function valueText({ what }: Flip, value: number): string {
  if (what === 'sloMs') return `${limitText(value)} ms`;
  return what === 'requestsPerMinute' ? `${number(value)} /min` : `${Number(value.toFixed(4))} USD/h`;
}

function nameOf({ configuration, target, instanceType }: Choice): string {
  return target === 'local' ? configuration : `${configuration} on ${instanceType}`;
}
