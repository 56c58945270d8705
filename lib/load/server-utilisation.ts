/** What the kit's own server says of the use of its host while a segment ran. */
import { parseServerUtilisation } from '../core/load/server-utilisation.ts';
import type { SegmentUtilisation } from '../core/load/utilisation.ts';
import { fetchText } from './fetch-text.ts';
import type { Origin } from './origin.ts';

/** The longest time that the server looks back. */
const MAX_SECONDS = 3600;

/**
 * Reads the seconds since `elapsedS()` was zero; null where the server does not answer, watches nothing or says something else.
 * @param elapsedS seconds since the segment's start, when called.
 */
export async function readServerUtilisation(
  origin: Origin,
  path: string,
  elapsedS: () => number,
): Promise<SegmentUtilisation | null> {
  const seconds = Math.min(MAX_SECONDS, Math.max(1, Math.ceil(elapsedS()) + 1));
  try {
    const { text } = await fetchText(origin, `${path}/${seconds}`);
    return parseServerUtilisation(JSON.parse(text), elapsedS());
  } catch {
    return null;
  }
}
