import { LOADS, RESULTS } from './loads.ts';
import type { Row } from './row.ts';
import { STARTS, THROTTLING } from './starts.ts';
import { STOPS, SURROUNDINGS } from './surroundings.ts';

/** Rows that are the same on every carrier; where a carrier has more to lose, its own tests say so. */
export const CARRIED_ROWS: readonly Row[] = [...THROTTLING, ...STARTS, ...LOADS, ...RESULTS, ...SURROUNDINGS, ...STOPS];
