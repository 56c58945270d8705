/** The end of a run: the decision, its documents, and what to do next. */
import { join } from 'node:path';
import type { Measurement } from '../core/measure/measurement.ts';
import type { Plan } from '../core/plan/plan.ts';
import { withSkipped } from '../core/plan/with-skipped.ts';
import type { SkippedTrial } from '../core/ports/records.ts';
import { recommend } from '../core/recommend/recommend.ts';
import type { Recommendation } from '../core/recommend/recommendation.ts';
import { provenMeasurements } from '../core/search/certified.ts';
import { onlyCertified } from '../core/search/only-certified.ts';
import type { RunEnd } from '../engine/run.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Kit, Run } from './kit.ts';
import { command, near, note, paint, printJson, say } from './output.ts';
import { remainLines } from './remain-lines.ts';
import { trialCounts } from './verb-status.ts';

/** The recommendation of a run as its plan asks for it. */
export function decide(plan: Plan, measurements: readonly Measurement[]): Recommendation {
  const searched = plan.search === 'adaptive';
  const proven = searched ? provenMeasurements(measurements, plan.slo) : measurements;
  const recommendation = recommend({
    experiment: plan.experiment,
    slo: plan.slo,
    demand: plan.demand,
    objective: plan.objective,
    measurements: proven,
    safety: plan.safety,
    availability: plan.availability === 'single' ? 'single' : 'multiple',
  });
  return searched ? onlyCertified(recommendation, proven) : recommendation;
}

/** Writes recommendation and report, prints the ending. @returns the codes that hold. */
export async function conclude(
  kit: Kit,
  run: Run,
  plan: Plan,
  o: { json: boolean; events: boolean },
  end: RunEnd,
): Promise<ExitCode[]> {
  for (const line of remainLines(end)) note(paint('red', line));
  if (end.error !== null) note(paint('red', `the run failed: ${end.error}`));
  const measurements = await run.records.list();
  const skipped = await run.records.skipped();
  const left = trialCounts(plan, measurements, skipped, false).left;
  if ((end.state === 'stopped' && end.stopReason !== 'budget') || end.state === 'failed' || measurements.length === 0) {
    note(
      `${measurements.length} trials are recorded, ${left} are left; continue with: ${command(`infersweep resume ${run.id}`)}`,
    );
    return [];
  }
  const recommendation = decide(plan, measurements);
  await run.store.put('recommendation.json', `${JSON.stringify(recommendation, null, 2)}\n`);
  const ended = withSkipped(
    plan,
    skipped.map(({ row }) => row),
  );
  const html = await kit.report({
    recommendation,
    measurements,
    plan: ended,
    experimentText: (await run.store.get('experiment.yaml')) ?? '',
    generatedAt: kit.now().toISOString(),
  });
  await run.store.put('report.html', html);
  if (o.json) printJson(recommendation);
  else if (!o.events) {
    say();
    say(paint('bold', recommendation.sentence, process.stdout));
    for (const warning of recommendation.warnings) say(`note: ${warning}`);
    const leftOut = ended.skipped.filter((row) => row.code === 'search').length;
    if (leftOut > 0)
      say(`note: ${leftOut} configurations were not loaded by the search; the report says what was predicted of each`);
    say(`report: ${near(join(run.folder, 'report.html'))}`);
    say(`next: ${command(`infersweep recommend ${run.id}`)}   (why each other configuration lost)`);
  }
  const codes: ExitCode[] = [];
  if (hasUnmeasured(plan, measurements, skipped)) codes.push(exitCodes.invalidTrial);
  if (recommendation.verdict === 'infeasible') codes.push(exitCodes.sloNotMet);
  return codes;
}

/** What a search leaves out or drives beyond its limit is no failure; a configuration that never gave a valid figure is. */
function hasUnmeasured(plan: Plan, measurements: readonly Measurement[], skipped: readonly SkippedTrial[]): boolean {
  const failed = skipped.some(({ row }) => row.code !== 'search');
  const invalid = measurements.filter((m) => m.validity.status === 'invalid');
  if (plan.search === 'grid') return failed || invalid.length > 0;
  const accounted = new Set([
    ...measurements.filter((m) => m.validity.status !== 'invalid').map((m) => m.configuration.id),
    ...skipped.map(({ row }) => `${row.configuration}@${row.target}/${row.instanceType}`),
  ]);
  return failed || invalid.some((m) => !accounted.has(m.configuration.id));
}
