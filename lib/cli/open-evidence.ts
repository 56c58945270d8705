/** What a verb reads a decision from: a run of ours, or somebody's published figures. */
import type { Measurement } from '../core/measure/measurement.ts';
import { publishedMeasurements } from '../core/measure/published-measurements.ts';
import type { Plan } from '../core/plan/plan.ts';
import { withSkipped } from '../core/plan/with-skipped.ts';
import { recommendPublished } from '../core/recommend/recommend-published.ts';
import type { Recommendation } from '../core/recommend/recommendation.ts';
import type { Published } from '../core/spec/published-schema.ts';
import { CliError } from './cli-error.ts';
import { decide } from './conclude.ts';
import { exitCodes } from './exit-codes.ts';
import type { Kit } from './kit.ts';
import { openRunOrThrow } from './open-run.ts';

export interface Evidence {
  id: string;
  recommendation: Recommendation;
  measurements: Measurement[];
  /** Configuration that ratio columns refer to. */
  baseline: string | undefined;
  /** The experiment or the published document, as it was written. */
  text: string;
  /** Folder of the run; null for published figures, beside which nothing is written. */
  folder: string | null;
  plan: Plan | null;
  published: Published | null;
}

/** @throws CliError saying what is wrong with the document, or which runs there are. */
export async function openEvidenceOrThrow(kit: Kit, reference: string | undefined): Promise<Evidence> {
  if (reference === undefined || kit.openRun(reference) !== null) return ofRun(kit, reference);
  const loaded = await kit.openPublished(reference);
  if (loaded === null) return ofRun(kit, reference);
  if (!loaded.ok) throw new CliError(exitCodes.usage, loaded.lines.join('\n'), 'infersweep schema published');
  const { published, text } = loaded;
  return {
    id: published.name,
    recommendation: recommendPublished(published),
    measurements: publishedMeasurements(published),
    baseline: published.baseline ?? undefined,
    text,
    folder: null,
    plan: null,
    published,
  };
}

async function ofRun(kit: Kit, reference: string | undefined): Promise<Evidence> {
  const { run, plan } = await openRunOrThrow(kit, reference);
  const measurements = await run.records.list();
  return {
    id: run.id,
    recommendation: decide(plan, measurements),
    measurements,
    baseline: plan.baseline ?? undefined,
    text: (await run.store.get('experiment.yaml')) ?? '',
    folder: run.folder,
    plan: withSkipped(
      plan,
      (await run.records.skipped()).map(({ row }) => row),
    ),
    published: null,
  };
}
