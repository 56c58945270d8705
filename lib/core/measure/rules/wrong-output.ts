/** A configuration that answers wrongly is not a faster way to serve the model. One wrong answer is enough. */
import type { Rule } from './evidence.ts';

export const wrongOutput: Rule = ({ golden, stairs }) => {
  const underLoad = stairs.reduce((sum, { stair }) => sum + (stair.errors['wrong-output'] ?? 0), 0);
  const wrong = Math.max(golden.wrong, underLoad);
  if (wrong === 0) return null;
  const first = golden.firstMismatch === null ? '' : `: ${golden.firstMismatch}`;
  return {
    code: 'wrong-output',
    detail: `${wrong} of ${Math.max(golden.checked, wrong)} compared answers are wrong${first}`,
  };
};
