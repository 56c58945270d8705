/** The decision that a published document's figures allow, with everything that its reader must know. */
import type { Measurement } from '../measure/measurement.ts';
import { isDerived, publishedMeasurements } from '../measure/published-measurements.ts';
import { mismatches } from '../report/printed-figures.ts';
import { ms } from '../report/wording.ts';
import type { Published } from '../spec/published-schema.ts';
import type { Demand, Slo } from './goal.ts';
import { recommend } from './recommend.ts';
import type { Recommendation, Rejected } from './recommendation.ts';

/** @param measurements of the document, at other prices than its own. */
export function recommendPublished(
  document: Published,
  measurements: readonly Measurement[] = publishedMeasurements(document),
): Recommendation {
  const slo = sloOf(document);
  const found = recommend({
    experiment: document.name,
    slo,
    demand: demandOf(document),
    objective: document.objective,
    measurements,
  });
  const warnings = [...found.warnings, ...publishedWarnings(document, slo)];
  const rejected = found.rejected.map((r) => ({ ...r, detail: absentRate(r, document) ?? r.detail }));
  const margin = document.slo === null ? { percent: null, at10Percent: null } : found.margin;
  const marked = { ...found, margin, rejected };
  if (found.choice !== null || document.measurements.some((row) => row.latencyMs !== null)) {
    return { ...marked, warnings };
  }
  // Nothing failed an objective: nobody can tell whether it was met.
  const sentence = 'Nothing can be recommended: the source reports no latency.';
  return { ...marked, verdict: 'undecided', sentence, warnings };
}

/** Where a row has no rate, the document's reason says more than that no fleet can be sized. */
function absentRate({ reason, configuration, instanceType }: Rejected, document: Published): string | null {
  if (reason !== 'demand') return null;
  const row = document.measurements.find(
    ({ configuration: c }) => c.name === configuration && c.instanceType === instanceType,
  );
  const why = row?.notStated.rate ?? row?.notStated.latencyMs ?? document.notStated.rate;
  return row?.rate !== null || why === undefined ? null : `its source prints no figure: ${why}`;
}

/** Latency limit that stands in where none is stated: a quarter above the slowest row, in two digits, so it excludes none. */
const HEADROOM = 1.25;
const NO_LATENCY_MS = 1000;

function sloOf({ slo, measurements }: Published): Slo {
  if (slo !== null) return slo;
  const slowest = Math.max(0, ...measurements.map((row) => row.latencyMs ?? 0));
  const latencyMs = slowest === 0 ? NO_LATENCY_MS : Number((slowest * HEADROOM).toPrecision(2));
  return { percentile: 95, latencyMs, maxErrorRate: 0.001 };
}

function demandOf({ demand }: Published): Demand | null {
  if (demand === null) return null;
  const { requestsPerMinute, low, peak } = demand;
  return { requestsPerMinute, low: low ?? requestsPerMinute / 2, peak: peak ?? requestsPerMinute * 1.5 };
}

function publishedWarnings(document: Published, slo: Slo): string[] {
  const { measurements, notes } = document;
  const models = new Set(measurements.map((row) => row.model)).size;
  const pictures = measurements.filter((row) => row.provenance === 'chart-only').length;
  const garbled = measurements.filter((row) => row.provenance === 'garbled-text').length;
  const derived = measurements.filter(isDerived).length;
  const off = mismatches(document);
  const found: (string | null)[] = [
    document.slo === null
      ? `the document states no latency limit; ${ms(slo.latencyMs)} stands in for it and excludes no row`
      : null,
    models > 1 ? `the rows serve ${models} models: compare only rows of the same one` : null,
    pictures > 0
      ? `${pictures} of ${measurements.length} rows have their figures only in pictures: they are listed, never ranked`
      : null,
    garbled > 0
      ? `${garbled} of ${measurements.length} rows stand in text that lost its punctuation: their decimal points are restored, which is an interpretation`
      : null,
    derived > 0 ? `${derived} rates are not printed but follow from callers that wait for each answer` : null,
    off.length > 0
      ? `${off.length} figures that the document works out itself differ from what its rows give: ${off.map((m) => `${m.figure} of ${m.row}`).join(', ')}`
      : null,
  ];
  return [...found.filter((w) => w !== null), ...notes];
}
