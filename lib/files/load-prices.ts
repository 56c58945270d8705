/** A price snapshot from disk, for the region of an experiment. */
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { PRICES_SCHEMA, type PriceSnapshot } from '../core/catalog/price-snapshot.ts';
import { parsePrices } from '../core/spec/parse-prices.ts';
import { formatIssue } from './format-issues.ts';
import { readDocument } from './read-document.ts';

export type LoadedPrices =
  | { ok: true; prices: PriceSnapshot }
  /** What is wrong, one printable line or block each. */
  | { ok: false; lines: string[] };

/** @throws what reading a file throws. */
export function loadPrices(file: string, region: string | null): LoadedPrices {
  const read = readDocument(readFileSync(file, 'utf8'), PRICES_SCHEMA, (value) => parsePrices(value, region));
  if (read.ok) return read;
  const near = relative(process.cwd(), resolve(file));
  const shown = near.startsWith('..') ? file : near;
  return { ok: false, lines: read.issues.slice(0, 50).map((found) => formatIssue(found, shown)) };
}
