import { expect, it } from 'vitest';
import { rules } from '../../../../lib/core/measure/rules/all-rules.ts';
import type { Rule } from '../../../../lib/core/measure/rules/evidence.ts';
import { degradedReasons, invalidReasons } from '../../../../lib/core/measure/validity.ts';

/** Said of a document by whoever copies it, and of a deployment that got no load. */
const NOT_OF_A_LOAD = ['source-disowned', 'unhealthy'];
const codes = [...degradedReasons, ...invalidReasons].filter((code) => !NOT_OF_A_LOAD.includes(code));
const camelCase = (code: string) => code.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

it.each(codes)('%s is asked of every load', async (code) => {
  const file: Record<string, Rule> = await import(`../../../../lib/core/measure/rules/${code}.ts`);
  expect(rules).toContain(file[camelCase(code)]);
});
