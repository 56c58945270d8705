import { expect, it } from 'vitest';
import { factLines } from '../../lib/cli/verb-doctor.ts';

const facts = [
  {
    name: 'images',
    state: 'missing',
    value: 'triton, neuron and torch were not built in this region',
    fix: 'npx cdk deploy InfersweepImages --exclusively',
  },
  { name: 'Node', state: 'ok', value: '20.20.2', fix: null },
] as const;

it('keeps a long finding beside its word, and what is to be typed in one piece', () => {
  expect(factLines(facts, [], 40)).toEqual([
    'missing  images: triton, neuron and',
    '         torch were not built in this',
    '         region',
    '         npx cdk deploy InfersweepImages --exclusively',
    'ok       Node: 20.20.2',
  ]);
});

it('is one line a finding in a pipe', () => {
  expect(factLines(facts, [])[0]).toBe('missing  images: triton, neuron and torch were not built in this region');
});
