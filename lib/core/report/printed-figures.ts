/** What a document works out from its own rows, worked out again. */
import { publishedMeasurements } from '../measure/published-measurements.ts';
import type { Printed, Published, PublishedRow } from '../spec/published-schema.ts';
import { figuresByRow, type RowFigures } from './published-figures.ts';

export interface PrintedCheck {
  /** Id of the row. */
  row: string;
  figure: keyof Printed;
  printed: number;
  /** Unrounded; null where the document lacks what it takes. */
  computed: number | null;
  /** Equal as far as the rounding of the printed figure, and of the rates it was made from, can tell. */
  matches: boolean;
}

/** Decimals that documents print of each. */
const DECIMALS: Record<keyof Printed, number> = {
  instances: 0,
  fleetUsdPerHour: 4,
  usdPerMillion: 2,
  rateRatio: 1,
  costRatioPercent: 0,
};

export function printedChecks(document: Published): PrintedCheck[] {
  const figures = figuresByRow(document, publishedMeasurements(document));
  const rows = new Map(document.measurements.map((row) => [row.id, row]));
  return document.measurements.flatMap(({ id, printed = {}, against = '' }) =>
    (Object.keys(printed) as (keyof Printed)[]).map((figure) => {
      const computed = computedOf(figure, figures.get(id)!, figures.get(against) ?? null);
      const stated = printed[figure]!;
      // The document divided rates that it had not rounded yet.
      const slack = EXACT.has(figure) ? 0 : rounding(rows.get(id)) + rounding(rows.get(against));
      const within = 0.5 * 10 ** -DECIMALS[figure] + (computed ?? 0) * slack + 1e-9;
      return {
        row: id,
        figure,
        printed: stated,
        computed,
        matches: computed !== null && Math.abs(computed - stated) <= (EXACT.has(figure) ? 1e-9 : within),
      };
    }),
  );
}

/** Whole instances at a list price leave no room. */
const EXACT: ReadonlySet<keyof Printed> = new Set(['instances', 'fleetUsdPerHour']);

/** Half a unit of the last printed digit of a rate, as a share of it. */
function rounding(row: PublishedRow | undefined): number {
  const value = row?.rate?.value;
  if (!value) return 0;
  const decimals = String(value).split('.')[1]?.length ?? 0;
  return (0.5 * 10 ** -decimals) / value;
}

export function mismatches(document: Published): PrintedCheck[] {
  return printedChecks(document).filter((c) => !c.matches);
}

function computedOf(figure: keyof Printed, row: RowFigures, base: RowFigures | null): number | null {
  switch (figure) {
    case 'rateRatio':
      return ratio(row.itemsPerSecond, base?.itemsPerSecond);
    case 'costRatioPercent': {
      const share = ratio(row.usdPerMillion, base?.usdPerMillion);
      return share === null ? null : share * 100;
    }
    default:
      return row[figure];
  }
}

export function ratio(a: number | null, b: number | null | undefined): number | null {
  return a === null || !b ? null : a / b;
}
