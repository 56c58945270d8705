/** The account's quotas against what a plan takes of them. */
import type { Lab } from '../catalog/lab.ts';
import { loadQuota, type Quota, type QuotaKey } from '../catalog/quota.ts';
import type { Plan, SkippedRow } from '../plan/plan.ts';
import type { AccountAnswers } from './account-answers.ts';
import { type Fact, missing, ok, warning } from './fact.ts';
import { type QuotaNeed, quotaNeeds, type Take } from './needs.ts';
import { skippedRow } from './skipped-row.ts';

/**
 * A quota too small for a deployment skips it. One that could not be read skips nothing: the service enforces it anyway, and
 * Service Quotas has been seen to report 1 where CreateEndpoint enforced 0, so a good answer proves nothing either.
 */
export function judgeQuotas(answers: AccountAnswers, plan: Plan): { facts: Fact[]; skipped: SkippedRow[] } {
  const judged = quotaNeeds(plan).map((need) => judge(need, answers));
  return { facts: judged.map(({ fact }) => fact), skipped: judged.flatMap(({ skipped }) => skipped) };
}

/** Quotas to be read for a plan; none where nothing of it is on AWS. */
export function quotaKeys(plan: Plan | null): QuotaKey[] {
  const keys = plan === null ? [] : quotaNeeds(plan).map(({ key }) => key);
  return keys.length === 0 ? [] : [...keys, loadQuota];
}

/** Without its load generator nothing of a run can be measured. Fargate does not tell what of it is in use. */
export function judgeLoadQuota({ quotas, region }: AccountAnswers, lab: Lab | null): Fact[] {
  const answer = quotas[loadQuota.name];
  if (!answer?.ok || answer.value === null || lab === null) return [];
  const { vcpu } = lab.loadTask;
  const quota = answer.value;
  const name = `quota ${quota.name}`;
  const fix = increase(quota, vcpu, region);
  return quota.value < vcpu
    ? [missing(name, `${quota.value} vcpus; the load generator takes ${vcpu}`, fix)]
    : [ok(name, `${quota.value} vcpus`)];
}

function judge(need: QuotaNeed, { quotas, region }: AccountAnswers): { fact: Fact; skipped: SkippedRow[] } {
  const { key } = need;
  const name = `quota ${key.name}`;
  const answer = quotas[key.name];
  if (!answer?.ok) {
    const why = answer?.why ?? 'it was not asked for';
    return {
      fact: warning(name, `not read: ${why}`, 'allow servicequotas:GetServiceQuota and ListServiceQuotas'),
      skipped: [],
    };
  }
  const quota = answer.value;
  if (quota === null) {
    const fix = `look for it in the Service Quotas console of ${region}, service ${key.service}`;
    return { fact: warning(name, 'the account has no quota of this name', fix), skipped: [] };
  }
  const used = quota.inUse ?? 0;
  const free = quota.value - used;
  const skipped = need.takes
    .filter(({ units }) => units !== null && units > free)
    .map((take) => skippedRow(take.deployment, 'quota', fixOf(take, quota, region)));
  const said = `${quota.value} ${quota.unit}${quota.inUse === null ? '' : `, ${quota.inUse} in use`}${quota.applied ? '' : " (AWS's default)"}`;
  if (skipped.length > 0) {
    const fix = increase(quota, used + need.most, region);
    return { fact: missing(name, `${said}; ${need.most} needed`, fix), skipped };
  }
  if (need.together > free) {
    const fix = increase(quota, used + need.together, region);
    return { fact: warning(name, `${said}; ${need.together} would let all finalists be alive together`, fix), skipped };
  }
  return { fact: ok(name, said), skipped };
}

function fixOf({ purpose, instanceType, units }: Take, quota: Quota, region: string): string {
  const used = quota.inUse ?? 0;
  const why = purpose === 'preparation' ? `its artifact is made on ${instanceType}, and ` : '';
  const inUse = used > 0 ? ` and ${used} in use` : '';
  return `${why}the quota "${quota.name}" (${quota.code}) is ${quota.value}${inUse}; ${increase(quota, used + units!, region)}`;
}

function increase({ service, code }: Quota, desired: number, region: string): string {
  return `aws service-quotas request-service-quota-increase --service-code ${service} --quota-code ${code} --desired-value ${desired} --region ${region}`;
}
