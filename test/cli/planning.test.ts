/** The plan as a person reads it, and what a person is told who has none. */
import { describe, expect, it } from 'vitest';
import { planLines, planOrThrow } from '../../lib/cli/planning.ts';
import { loadExperiment } from '../../lib/files/load-experiment.ts';
import { emulatedPlan } from '../support/plans.ts';

const loadOf = (load: Record<string, unknown>) =>
  planLines(emulatedPlan({ load })).find((line) => line.startsWith('load:'));

describe('planLines', () => {
  it('names the loads with their unit, once', () => {
    expect(loadOf({ protocol: 'capacity', users: [1, 4, 16] })).toMatch(/^load: 1, 4, 16 users; 3 × 2 s each/);
    expect(loadOf({ protocol: 'capacity', users: [1] })).toMatch(/^load: 1 user;/);
    expect(loadOf({ protocol: 'poisson', rate: [5, 10] })).toMatch(/^load: 5\/s, 10\/s;/);
  });
});

describe('planOrThrow', () => {
  const kit = { plan: (file: string) => loadExperiment(file, { kitVersion: '0.0.0', localCores: 2 }) };
  const refusalOf = (file: string) => planOrThrow(kit as never, file).catch((e: unknown) => e);

  it.each([
    ['no-such-folder', 'no-such-folder'],
    ['no-such-folder/experiment.yaml', 'no-such-folder'],
    ['test/cli', 'test/cli'],
  ])('sends who has no experiment (%s) to the command that writes one', async (file, folder) => {
    expect(await refusalOf(file)).toMatchObject({ code: 2, next: `infersweep init ${folder}` });
  });

  it('says of a file that is no YAML where it begins to be none, and not all that follows from it', async () => {
    const refusal = (await refusalOf('README.md')) as Error;
    expect(refusal.message.split('\n').length).toBeLessThanOrEqual(5);
  });
});
