import { expect, test } from 'vitest';
import { jobKeys } from '../../../lib/core/load/job-keys.ts';

test('a job and what its generator says lie in its folder', () => {
  expect(jobKeys('run-1/3f2a-1/0')).toEqual({
    job: 'run-1/3f2a-1/0/job.json',
    progress: 'run-1/3f2a-1/0/progress.json',
    result: 'run-1/3f2a-1/0/result.json',
    error: 'run-1/3f2a-1/0/error.txt',
  });
});

test.each(['', '/a', 'a//b', 'a b', 'a/'])('%j is no folder', (folder) => {
  expect(() => jobKeys(folder)).toThrow(/words of letters, digits, dots and dashes/);
});
