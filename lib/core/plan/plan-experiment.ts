/** From an experiment to the plan of its run. Pure: the same arguments give the same plan, byte for byte. */
import { canonicalJson } from '../spec/canonical-json.ts';
import type { Experiment } from '../spec/experiment.ts';
import { type Issue, issue } from '../spec/issue.ts';
import { isAddress } from '../spec/model-spec.ts';
import { nearest } from '../spec/nearest.ts';
import { nameConfigurations } from './configuration-names.ts';
import { sizeIssues } from './count-cells.ts';
import { deploymentOf } from './deployments.ts';
import { estimate } from './estimate.ts';
import type { PlanFacts, Sha256 } from './facts.ts';
import { expandMatrix } from './matrix.ts';
import type { Plan, Preparation } from './plan.ts';
import { isUnknownModelFile } from './preparation-kind.ts';
import { preparationOf } from './preparations.ts';
import { type Refusal, refusalOf } from './refusal.ts';
import { defaultTolerance } from './tolerance.ts';
import { trialsOf } from './trials.ts';
import { unrunnable } from './unrunnable.ts';
import { warningsOf } from './warnings.ts';

export type PlanAnswer =
  | { ok: true; plan: Plan }
  /** The experiment is wrong: exit code 2. */
  | { ok: false; kind: 'invalid'; issues: Issue[] }
  /** The plan may be shown but not run: exit code 3. */
  | { ok: false; kind: 'refused'; refusal: Refusal; plan: Plan };

export interface PlanRequest {
  experiment: Experiment;
  sha256: Sha256;
  kitVersion: string;
  facts: PlanFacts;
}

function baselineIssues(baseline: string | null, names: readonly string[]): Issue[] {
  if (baseline === null || names.includes(baseline)) return [];
  return [
    issue(['baseline'], `no configuration is named "${baseline}"`, {
      allowed: names,
      suggestion: nearest(baseline, names),
    }),
  ];
}

export function planExperiment({ experiment, sha256, kitVersion, facts }: PlanRequest): PlanAnswer {
  const invalid = (issues: Issue[]): PlanAnswer => ({ ok: false, kind: 'invalid', issues });
  const tooLarge = sizeIssues(experiment);
  if (tooLarge.length > 0) return invalid(tooLarge);

  const { source } = experiment.model;
  const tokenizer = experiment.model.tokenizer !== null;
  const model = { source, isFolder: isAddress(source) ? null : facts.modelIsFolder, takesText: tokenizer };
  const unreadable = isUnknownModelFile(model)
    ? [
        issue(['model', 'source'], 'no runtime reads this file', {
          allowed: ['an .onnx file', 'a .pt file (TorchScript)', 'a checkpoint folder'],
        }),
      ]
    : [];
  const { named, issues } = nameConfigurations(experiment);
  const wrong = [
    ...unreadable,
    ...issues,
    ...baselineIssues(
      experiment.baseline,
      named.map(({ name }) => name),
    ),
  ];
  if (wrong.length > 0) return invalid(wrong);

  const matrix = expandMatrix(experiment, named, model, facts);
  if (matrix.issues.length > 0) return invalid(matrix.issues);

  const preparations = new Map<string, Preparation>();
  const tokens = experiment.model.tokenizer?.maxLength ?? null;
  const deployments = matrix.configurations.map(({ configuration, target }) => {
    const preparation = preparationOf(configuration, model, { tokenizer, tokens, sha256 });
    if (preparation) preparations.set(preparation.id, preparation);
    return deploymentOf(configuration, target, experiment, preparation?.id ?? null, facts.prices ?? null);
  });
  const configurations = matrix.configurations.map(({ configuration }) => configuration);
  const held = {
    region: experiment.region,
    preparations: [...preparations.values()],
    deployments,
    load: experiment.load,
    budget: experiment.budget,
  };
  const { task, tolerance, ...modelFields } = experiment.model;
  const { demandTrace } = experiment;
  const plan: Plan = {
    schema: 'infersweep.plan.v1',
    experiment: experiment.name,
    experimentSha256: sha256(canonicalJson(experiment)),
    kitVersion,
    region: held.region,
    preparations: held.preparations,
    deployments,
    trials: trialsOf(
      configurations,
      experiment.load,
      { ...modelFields, itemsPerRequest: experiment.itemsPerRequest },
      sha256,
    ),
    skipped: matrix.skipped,
    warnings: warningsOf({ experiment, deployments, facts }),
    load: held.load,
    model: { ...modelFields, task, tolerance: tolerance ?? defaultTolerance(configurations, task) },
    slo: experiment.slo,
    demand: experiment.demand,
    ...(demandTrace ? { demandTrace: { ...demandTrace, requests: [...demandTrace.requests] } } : {}),
    objective: experiment.objective,
    itemsPerRequest: experiment.itemsPerRequest,
    search: experiment.search,
    baseline: experiment.baseline,
    availability: experiment.availability,
    safety: experiment.safety,
    budget: held.budget,
    tags: experiment.tags,
    estimate: estimate(held),
  };
  plan.warnings.push(...unrunnable(plan).map(({ what, fix }) => `cannot be run: ${what}; ${fix}`));
  const refusal = refusalOf(plan);
  return refusal ? { ok: false, kind: 'refused', refusal, plan } : { ok: true, plan };
}
