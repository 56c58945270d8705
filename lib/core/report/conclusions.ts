/** Whether what a document concludes follows from its figures, at its own prices and at later ones. */
import { reprice } from '../catalog/reprice.ts';
import type { Measurement } from '../measure/measurement.ts';
import { publishedMeasurements } from '../measure/published-measurements.ts';
import { recommendPublished } from '../recommend/recommend-published.ts';
import type { Conclusion, ConclusionCheck, ConclusionFigure } from '../spec/conclusion-schema.ts';
import type { Published } from '../spec/published-schema.ts';
import { ratio } from './printed-figures.ts';
import { figuresByRow, type RowFigures } from './published-figures.ts';
import { number, usd } from './wording.ts';

/** `direction`: better or worse as it says, but not by as much; `unknown`: a figure or a price is missing. */
export type ConclusionStanding = 'holds' | 'direction' | 'fails' | 'unknown';

export interface ConclusionAnswer {
  standing: ConclusionStanding;
  /** What the figures give, in words. */
  found: string;
}

export interface CheckedConclusion {
  id: string;
  says: string;
  /** At the document's own prices. */
  published: ConclusionAnswer;
  /** At the catalog's. */
  repriced: ConclusionAnswer;
}

export interface CheckedConclusions {
  conclusions: CheckedConclusion[];
  /** Id of the configuration that the kit would choose. */
  choice: { published: string | null; repriced: string | null };
  /** Days of the catalog's prices, and where one is missing, why. */
  priceDates: string[];
  missingPrices: string[];
}

export function checkConclusions(document: Published): CheckedConclusions {
  const own = publishedMeasurements(document);
  const later = reprice(own);
  const before = figuresByRow(document, own);
  const after = figuresByRow(document, later);
  return {
    conclusions: document.conclusions.map((conclusion) => ({
      id: conclusion.id,
      says: conclusion.says,
      published: answer(conclusion, before),
      repriced: answer(conclusion, after),
    })),
    choice: {
      published: recommendPublished(document, own).deploy?.id ?? null,
      repriced: recommendPublished(document, later).deploy?.id ?? null,
    },
    priceDates: known(later, (m) => m.price?.date ?? null),
    missingPrices: known(later, (m) => m.priceNote),
  };
}

function known(measurements: readonly Measurement[], of: (m: Measurement) => string | null): string[] {
  return [...new Set(measurements.flatMap((m) => of(m) ?? []))].sort();
}

/** Worst first: one part that fails refutes the sentence. */
const ORDER: readonly ConclusionStanding[] = ['fails', 'unknown', 'direction', 'holds'];

function answer({ checks, unchecked }: Conclusion, figures: ReadonlyMap<string, RowFigures>): ConclusionAnswer {
  if (checks.length === 0) return { standing: 'unknown', found: unchecked! };
  const parts = checks.map((c) => (c.kind === 'ratio' ? ratioAnswer(c, figures) : bestAnswer(c, figures)));
  const standing = ORDER.find((s) => parts.some((p) => p.standing === s))!;
  return { standing, found: parts.map((p) => p.found).join('; ') };
}

function ratioAnswer(
  { figure, row, against, atLeast, atMost }: Extract<ConclusionCheck, { kind: 'ratio' }>,
  figures: ReadonlyMap<string, RowFigures>,
): ConclusionAnswer {
  const value = ratio(figures.get(row)![figure], figures.get(against)![figure]);
  if (value === null) return { standing: 'unknown', found: `${WORDS[figure]} unknown` };
  const found = `${Number(value.toFixed(3))} ×`;
  if ((atLeast === null || value >= atLeast) && (atMost === null || value <= atMost))
    return { standing: 'holds', found };
  const up = atLeast !== null && atLeast >= 1 && value > 1;
  const down = atMost !== null && atMost <= 1 && value < 1;
  return { standing: up || down ? 'direction' : 'fails', found };
}

function bestAnswer(
  { figure, row, among }: Extract<ConclusionCheck, { kind: 'best' }>,
  figures: ReadonlyMap<string, RowFigures>,
): ConclusionAnswer {
  const own = figures.get(row)![figure];
  const rivals = among.filter((id) => id !== row).map((id) => figures.get(id)![figure]);
  if (own === null || rivals.some((v) => v === null)) return { standing: 'unknown', found: `${WORDS[figure]} unknown` };
  const sign = figure === 'itemsPerSecond' ? -1 : 1;
  const nearest = Math.min(...rivals.map((v) => v! * sign)) * sign;
  const standing = own * sign <= nearest * sign ? 'holds' : 'fails';
  return { standing, found: `${show(figure, own)} against ${show(figure, nearest)}` };
}

const WORDS: Record<ConclusionFigure, string> = {
  latencyMs: 'latency',
  itemsPerSecond: 'rate',
  usdPerMillion: 'cost per item',
  fleetUsdPerHour: 'cost of the fleet',
};

function show(figure: ConclusionFigure, value: number): string {
  return figure === 'latencyMs' || figure === 'itemsPerSecond' ? number(value) : `${usd(value)} USD`;
}
