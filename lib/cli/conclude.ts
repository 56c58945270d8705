/** The end of a run: the decision, its documents, and what to do next. */
import { join } from 'node:path';
import type { Measurement } from '../core/measure/measurement.ts';
import type { Plan } from '../core/plan/plan.ts';
import { recommend } from '../core/recommend/recommend.ts';
import type { Recommendation } from '../core/recommend/recommendation.ts';
import type { RunEnd } from '../engine/run.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Kit, Run } from './kit.ts';
import { command, near, note, paint, printJson, say } from './output.ts';
import { trialCounts } from './verb-status.ts';

/** The recommendation of a run as its plan asks for it. */
export function decide(plan: Plan, measurements: readonly Measurement[]): Recommendation {
  return recommend({
    experiment: plan.experiment,
    slo: plan.slo,
    demand: plan.demand,
    objective: plan.objective,
    measurements,
    safety: plan.safety,
    availability: plan.availability === 'single' ? 'single' : 'multiple',
  });
}

/** Writes recommendation and report, prints the ending. @returns the codes that hold. */
export async function conclude(
  kit: Kit,
  run: Run,
  plan: Plan,
  o: { json: boolean; events: boolean },
  end: RunEnd,
): Promise<ExitCode[]> {
  for (const a of end.alive)
    note(paint('red', `still alive: ${a.kind} ${a.id} (${a.name}); end it with: kill ${a.id}`));
  if (end.error !== null) note(paint('red', `the run failed: ${end.error}`));
  const measurements = await run.records.list();
  const left = trialCounts(plan, measurements, false).left;
  if (end.state === 'stopped' || end.state === 'failed' || measurements.length === 0) {
    note(
      `${measurements.length} trials are recorded, ${left} are left; continue with: ${command(`infersweep resume ${run.id}`)}`,
    );
    return [];
  }
  const recommendation = decide(plan, measurements);
  await run.store.put('recommendation.json', `${JSON.stringify(recommendation, null, 2)}\n`);
  const html = await kit.report({
    recommendation,
    measurements,
    plan,
    experimentText: (await run.store.get('experiment.yaml')) ?? '',
    generatedAt: kit.now().toISOString(),
  });
  await run.store.put('report.html', html);
  if (o.json) printJson(recommendation);
  else if (!o.events) {
    say();
    say(paint('bold', recommendation.sentence, process.stdout));
    for (const warning of recommendation.warnings) say(`note: ${warning}`);
    say(`report: ${near(join(run.folder, 'report.html'))}`);
    say(`next: ${command(`infersweep recommend ${run.id}`)}   (why each other configuration lost)`);
  }
  const codes: ExitCode[] = [];
  if (measurements.some((m) => m.validity.status === 'invalid')) codes.push(exitCodes.invalidTrial);
  if (recommendation.verdict === 'infeasible') codes.push(exitCodes.sloNotMet);
  return codes;
}
