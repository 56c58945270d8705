/** From what an account answered to what a user is told, and what of a plan is skipped. */
import type { Quota } from '../catalog/quota.ts';
import type { Plan, SkippedRow } from '../plan/plan.ts';
import type { AccountAnswers } from './account-answers.ts';
import type { Fact } from './fact.ts';
import { judgeDurable, judgeIdentity, judgeRegion } from './identity.ts';
import { judgeBudget, judgePrices } from './money.ts';
import { judgeAllowed, judgeOfferings } from './offerings.ts';
import { judgeLoadQuota, judgeQuotas } from './quotas.ts';
import { judgeGuard, judgeImages, judgeLab, judgePreparationSite, judgeServed } from './sites.ts';

export interface AccountReport {
  facts: Fact[];
  /** What refuses the whole run: the facts that are missing and that no row of `skipped` stands for. */
  refusals: Fact[];
  /** Deployments of the plan that cannot be made, one row each. */
  skipped: SkippedRow[];
  /** Of the caller; null where nobody is. */
  account: string | null;
  /** As read, for `quotaInstances`. */
  quotas: Quota[];
}

/** @param plan null to look at the account alone. */
export function judgeAccount(answers: AccountAnswers, plan: Plan | null): AccountReport {
  if (!answers.identity.ok) return nobody(answers, plan);
  const guard = judgeGuard(answers);
  const lab = judgeLab(answers);
  const facts = [
    judgeIdentity(answers),
    judgeRegion(answers, plan),
    guard.fact,
    lab.fact,
    ...judgeImages(answers, plan),
    judgeDurable(answers),
    ...judgeLoadQuota(answers, lab.document),
  ];
  const judged =
    plan === null
      ? []
      : [
          judgeAllowed(guard.document, lab.document, plan),
          judgeQuotas(answers, plan),
          judgeOfferings(answers, plan),
          judgeServed(plan),
          judgePreparationSite(answers, plan),
          judgePrices(plan),
        ];
  const budget = plan === null ? [] : [judgeBudget(plan)];
  return {
    facts: [...facts, ...judged.flatMap((j) => j.facts), ...budget],
    refusals: [...facts, ...budget].filter(({ state }) => state === 'missing'),
    skipped: firstOf(judged.flatMap((j) => j.skipped)),
    account: answers.identity.value.account,
    quotas: Object.values(answers.quotas).flatMap((q) => (q.ok && q.value !== null ? [q.value] : [])),
  };
}

/** Without an identity the account answers nothing: what only the plan says is all there is besides. */
function nobody(answers: AccountAnswers, plan: Plan | null): AccountReport {
  const facts = [judgeIdentity(answers), judgeRegion(answers, plan), ...(plan === null ? [] : [judgeBudget(plan)])];
  return { facts, refusals: facts.filter(({ state }) => state === 'missing'), skipped: [], account: null, quotas: [] };
}

/** One row for a deployment, the first reason found: a second would count it twice. */
function firstOf(rows: readonly SkippedRow[]): SkippedRow[] {
  const seen = new Map<string, SkippedRow>();
  for (const row of rows) {
    const id = `${row.configuration}@${row.target}/${row.instanceType}`;
    if (!seen.has(id)) seen.set(id, row);
  }
  return [...seen.values()];
}
