/** Whether everything has a price, and the worst case fits the budget. */
import type { Plan, SkippedRow } from '../plan/plan.ts';
import { type Fact, missing, ok, warning } from './fact.ts';
import { skippedRow } from './skipped-row.ts';

/** With a budget, what has no price cannot be reserved and is skipped; without one it runs and is not ranked on cost. */
export function judgePrices(plan: Plan): { facts: Fact[]; skipped: SkippedRow[] } {
  const billed = plan.deployments.filter(({ configuration }) => configuration.target !== 'local');
  if (billed.length === 0) return { facts: [], skipped: [] };
  const unpriced = billed.filter(({ usdPerHour }) => usdPerHour === null);
  if (unpriced.length === 0) {
    const dates = [...new Set(billed.flatMap(({ priceSource }) => priceSource?.date ?? []))].sort();
    return { facts: [ok('prices', `all ${billed.length} known, of ${dates.join(', ')}`)], skipped: [] };
  }
  const types = [...new Set(unpriced.map(({ configuration }) => configuration.instanceType))];
  const fix = `infersweep prices refresh --region ${plan.region} --types ${types.join(',')} --out prices.json, and name it under aws.prices; or state them under prices:`;
  const value = `unknown for ${types.join(', ')}`;
  if (plan.budget.usd === null) return { facts: [warning('prices', value, fix)], skipped: [] };
  return {
    facts: [missing('prices', `${value}, and a budget is set`, fix)],
    skipped: unpriced.map((d) => skippedRow(d, 'no-price', fix)),
  };
}

export function judgeBudget({ budget, estimate }: Plan): Fact {
  const worst = estimate.usdWorstCase;
  if (budget.usd === null) {
    const fix = 'set budget.usd: it is the only limit that is enforced before something is created';
    return warning('budget', `none; the worst case is ${worst === null ? 'unknown' : usd(worst)}`, fix);
  }
  if (worst === null) return missing('budget', `${usd(budget.usd)}, and the worst case is unknown`, 'see prices');
  if (worst > budget.usd) {
    return missing(
      'budget',
      `the worst case of ${usd(worst)} exceeds ${usd(budget.usd)}`,
      'raise budget.usd, or shorten the instance types, the matrix, repeats or load.rounds',
    );
  }
  return ok('budget', `${usd(budget.usd)}, worst case ${usd(worst)}`);
}

const usd = (amount: number) => `${amount.toFixed(2)} USD`;
