/** Why a plan that is right in itself may not run: preflight refuses it, exit code 3. */
import type { Plan } from './plan.ts';

export interface Refusal {
  code: 'no-price' | 'over-budget' | 'over-time';
  message: string;
  /** What the user can change. */
  fix: string;
  /** Ids of the deployments concerned; empty when it is the sum. */
  deployments: string[];
}

const MAX_NAMED = 5;

function noPrice({ deployments, budget }: Plan): Refusal | null {
  const unpriced = deployments.filter((d) => d.usdPerHour === null && d.configuration.target !== 'local');
  if (budget.usd === null || unpriced.length === 0) return null;
  const named = unpriced.slice(0, MAX_NAMED).map((d) => `${d.id} (${d.priceNote})`);
  const more = unpriced.length > MAX_NAMED ? ` and ${unpriced.length - MAX_NAMED} more` : '';
  return {
    code: 'no-price',
    message: `a budget is set, and the price is unknown for ${named.join(', ')}${more}`,
    fix: 'state the price under `prices:` with its source and date, or read it (infersweep prices refresh) and name the file under aws.prices, remove these instance types, or remove budget.usd',
    deployments: unpriced.map((d) => d.id),
  };
}

function overBudget({ budget, estimate }: Plan): Refusal | null {
  if (budget.usd === null || estimate.usdWorstCase === null || estimate.usdWorstCase <= budget.usd) return null;
  return {
    code: 'over-budget',
    message: `the worst case is ${estimate.usdWorstCase.toFixed(2)} USD (expected ${estimate.usdExpected?.toFixed(2)}) and the budget ${budget.usd.toFixed(2)}`,
    fix: 'raise budget.usd, or shorten the instance types, the matrix, repeats or load.rounds',
    deployments: [],
  };
}

function overTime({ budget, estimate }: Plan): Refusal | null {
  if (budget.hours === null || estimate.secondsExpected <= budget.hours * 3600) return null;
  return {
    code: 'over-time',
    message: `the run is expected to take ${(estimate.secondsExpected / 3600).toFixed(2)} h and the budget is ${budget.hours} h`,
    fix: 'raise budget.hours, or shorten the matrix, repeats or load.rounds',
    deployments: [],
  };
}

/** The first reason to refuse; null when the plan may run. */
export function refusalOf(plan: Plan): Refusal | null {
  return noPrice(plan) ?? overBudget(plan) ?? overTime(plan);
}
