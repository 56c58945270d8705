/** Money in a table: whole micro-dollars, because conditions compare exactly and sums must not drift. */

/** A thousandth of a micro-dollar is the noise of a product of floats, and no money. */
const NOISE = 1e-3;

/** Rounded up: what is held and spent is never written down as less than it is. */
export function microUsd(usd: number): number {
  return whole(usd, Math.ceil(usd * 1e6 - NOISE));
}

/** Rounded down: a limit is never written down as more than it is. */
export function limitMicroUsd(usd: number): number {
  return whole(usd, Math.floor(usd * 1e6 + NOISE));
}

function whole(usd: number, micro: number): number {
  if (usd >= 0 && Number.isSafeInteger(micro)) return Math.max(0, micro);
  throw new RangeError(`${usd} USD cannot be held in a ledger. Expected 0 to 9 billion.`);
}
