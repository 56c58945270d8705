/** Whether Guard, Lab and the images that a plan needs are there, and speak this kit's language. */
import type * as z from 'zod';
import { GUARD_PARAMETER, type Guard, guardSchema } from '../catalog/guard.ts';
import {
  imageDigestParameter,
  LAB_PARAMETER,
  type Lab,
  labSchema,
  PREPARATION_PARAMETER,
  preparationSiteSchema,
} from '../catalog/lab.ts';
import { servingImage } from '../catalog/serving-image.ts';
import type { Plan, PlannedDeployment, SkippedRow } from '../plan/plan.ts';
import { jobImageOf } from '../plan/preparation-job.ts';
import type { AccountAnswers } from './account-answers.ts';
import { type Fact, missing, ok, warning } from './fact.ts';
import { skippedRow } from './skipped-row.ts';

interface Site<T> {
  fact: Fact;
  /** null where it is not there or cannot be read. */
  document: T | null;
}

/** The parameters that `judge…` below read. */
export function parametersOf(plan: Plan | null): string[] {
  const preparation = preparedElsewhere(plan).length > 0 ? [PREPARATION_PARAMETER] : [];
  return [GUARD_PARAMETER, LAB_PARAMETER, ...preparation, ...imagesOf(plan).map(imageDigestParameter)];
}

export function imagesOf(plan: Plan | null): string[] {
  const names = onAws(plan).flatMap((d) => {
    const named = servingImage(d.configuration);
    if ('missing' in named) return [];
    return [named.image, machineJob(plan!, d) ?? []].flat();
  });
  return [...new Set(names)].sort();
}

const onAws = (plan: Plan | null): PlannedDeployment[] =>
  (plan?.deployments ?? []).filter(({ configuration }) => configuration.target !== 'local');

/** Image of the job that makes a deployment's artifact on a machine of its own; null where none is to be made so. */
function machineJob({ preparations }: Plan, { preparation }: PlannedDeployment): string | null {
  const made = preparations.find(({ id, needs, cached }) => id === preparation && needs !== null && !cached);
  return made === undefined ? null : jobImageOf(made.kind);
}

const preparedElsewhere = (plan: Plan | null): PlannedDeployment[] =>
  onAws(plan).filter((d) => machineJob(plan!, d) !== null);

/** Without a place to make them there is nothing to load. */
export function judgePreparationSite(answers: AccountAnswers, plan: Plan): { facts: Fact[]; skipped: SkippedRow[] } {
  const asking = preparedElsewhere(plan);
  if (asking.length === 0) return { facts: [], skipped: [] };
  const deploy = 'npx cdk deploy InfersweepImages';
  const { fact } = site('Images', PREPARATION_PARAMETER, preparationSiteSchema, answers, deploy);
  const fix = fact.fix === null ? null : `its artifact is made by the stack Images, which is missing: ${fact.fix}`;
  return { facts: [fact], skipped: fix === null ? [] : asking.map((d) => skippedRow(d, 'not-offered', fix)) };
}

/** What no image serves would be refused by its target, once the run is under way. */
export function judgeServed(plan: Plan): { facts: Fact[]; skipped: SkippedRow[] } {
  const skipped = onAws(plan).flatMap((d) => {
    const named = servingImage(d.configuration);
    return 'missing' in named ? [skippedRow(d, 'not-offered', named.missing)] : [];
  });
  const reasons = new Map(skipped.map((row) => [row.fix!, row.configuration]));
  return { facts: [...reasons].map(([fix, name]) => missing('image', `none serves ${name}`, fix)), skipped };
}

const readFix = 'allow ssm:GetParameters on parameter/infersweep/* to these credentials';

export const judgeGuard = (answers: AccountAnswers): Site<Guard> =>
  site('Guard', GUARD_PARAMETER, guardSchema, answers, 'npx cdk deploy InfersweepGuard');

export const judgeLab = (answers: AccountAnswers): Site<Lab> =>
  site('Lab', LAB_PARAMETER, labSchema, answers, 'npx cdk deploy InfersweepLab');

function site<T>(
  name: string,
  parameter: string,
  schema: z.ZodType<T>,
  { parameters, region }: AccountAnswers,
  deploy: string,
): Site<T> {
  if (!parameters.ok)
    return { fact: missing(name, `${parameter} was not read: ${parameters.why}`, readFix), document: null };
  const text = parameters.value[parameter] ?? null;
  if (text === null) {
    const what = `not deployed in ${region}: there is no parameter ${parameter}`;
    return { fact: missing(name, what, deploy), document: null };
  }
  const read = schema.safeParse(jsonOf(text));
  if (read.success) return { fact: ok(name, `deployed; ${parameter} says where`), document: read.data };
  const { path, message } = read.error.issues[0]!;
  const what = `${parameter} is not of this kit: ${path.length > 0 ? `${path.join('.')}: ` : ''}${message}`;
  return { fact: missing(name, what, `${deploy}, with the version of infersweep that is to run`), document: null };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Every image that the plan's configurations start; an unbuilt one ends no plan, but every run. */
export function judgeImages({ parameters, region }: AccountAnswers, plan: Plan | null): Fact[] {
  if (!parameters.ok) return [];
  return imagesOf(plan).map((image): Fact => {
    const digest = parameters.value[imageDigestParameter(image)] ?? null;
    if (digest === null) return missing(`image ${image}`, 'not built yet', buildCommand(image, region));
    return /^sha256:[0-9a-f]{64}$/.test(digest)
      ? ok(`image ${image}`, digest)
      : warning(`image ${image}`, `its digest reads "${digest}"`, buildCommand(image, region));
  });
}

/** Projects have no names of their own: CloudFormation's begin with the logical id, which is the image's without dashes. */
function buildCommand(image: string, region: string): string {
  const begins = `${image.replaceAll('-', '')}Project`;
  return `aws codebuild start-build --region ${region} --project-name "$(aws codebuild list-projects --region ${region} --output text --query "projects[?contains(@, '${begins}')] | [0]")" (after: npx cdk deploy InfersweepImages)`;
}
