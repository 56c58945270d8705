/**
 * Which rates could be certified at all? At 95 % of the limit by the definition of the goal; where trials scatter too much for
 * that, only as near to the limit as the boundary of the search, told the truth in as many trials as it may spend, passes in
 * half of all cases. A method that looks at each trial can do no better with the same confidence.
 */
import { pooledLimit } from '../../lib/core/search/pooled-limit.ts';
import { drawOf, seedOf } from './draw.ts';
import { noisyLatency } from './noisy-latency.ts';

/** Share of the limit that a certifiable latency keeps, however little its trials scatter. */
export const CERTIFIABLE = 0.95;
/** Trials of one load that a certificate may take, and those it takes at least. */
const MOST = 40;
const LEAST = 3;
const SEQUENCES = 401;
/** Any will do: room is in proportion to it. */
const SPREAD = 0.05;

/** Room below the limit, in standard errors of one trial, that half of all sequences of trials certify. */
export function certifiableRoom(most = MOST): number {
  const draw = drawOf(seedOf('certifiable'));
  const rooms = Array.from({ length: SEQUENCES }, () => {
    const seen: ReturnType<typeof noisyLatency>[] = [];
    let room = Number.POSITIVE_INFINITY;
    while (seen.length < most) {
      seen.push(noisyLatency(1, SPREAD, draw));
      if (seen.length >= LEAST) room = Math.min(room, Math.log(pooledLimit(seen)!.sequentialUpperMs) / SPREAD);
    }
    return room;
  });
  return rooms.sort((a, b) => a - b)[Math.floor(SEQUENCES / 2)]!;
}

const ROOM = certifiableRoom();

/** Share of the limit that a latency must keep to be certified by trials of this relative standard error. */
export function certifiableShare(spread: number): number {
  return Math.min(CERTIFIABLE, Math.exp(-ROOM * spread));
}
