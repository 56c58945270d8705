/** Who asks, where, and whether the carrier of the sweeps is there. */
import type { Plan } from '../plan/plan.ts';
import type { AccountAnswers } from './account-answers.ts';
import { type Fact, missing, ok, warning } from './fact.ts';

export function judgeIdentity({ identity }: AccountAnswers): Fact {
  if (identity.ok) return ok('identity', `${identity.value.arn} in account ${identity.value.account}`);
  return missing(
    'identity',
    `no AWS identity: ${identity.why}`,
    'aws sso login, or set AWS_PROFILE; then: aws sts get-caller-identity',
  );
}

/** Prices, quotas and sites are those of one region: a plan for another would be judged by the wrong ones. */
export function judgeRegion({ region }: AccountAnswers, plan: Plan | null): Fact {
  if (plan === null || plan.region === region) return ok('region', region);
  return missing('region', `${region}, and the plan is for ${plan.region}`, `use --region ${plan.region}`);
}

/** Without durable functions the same life cycle runs in one Fargate task, on the journal. */
export function judgeDurable({ durable, region }: AccountAnswers): Fact {
  const name = 'durable functions';
  const fallback = 'nothing but to deploy Lab with -c durable=no: a task on Fargate drives the sweeps';
  if (!durable.ok)
    return warning(
      name,
      `not known: ${durable.why}`,
      'allow lambda:ListDurableExecutionsByFunction to these credentials',
    );
  return durable.value
    ? ok(name, `available in ${region}`)
    : warning(name, `Lambda in ${region} does not know them`, fallback);
}
