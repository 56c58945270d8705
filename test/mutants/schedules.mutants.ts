/** Faults seeded into what ends and settles a deployment, one at a time: a handful of random schedules must notice each. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Edit, SeededSources } from '../support/seeded-faults.ts';

const SCHEDULES = 'test/schedules/first-half.schedules.ts';
const teardown = 'engine/workflow/teardown.ts';

const mutants: [fault: string, edit: Edit][] = [
  [
    'ten seconds left out of the bill',
    [teardown, '(goneAtMs - billedFrom) / 1000', '(goneAtMs - billedFrom) / 1000 - 10'],
  ],
  [
    'a receipt of delete calls',
    [
      teardown,
      '        if ((await where.list(ports.runId)).some((r) => r.name === name)) return { ...stillThere, error: null };\n',
      '',
    ],
  ],
  [
    'what EC2 does not show yet taken for gone',
    ['aws/launch-notes.ts', 'this.clock.nowMs() < note.atMs + VISIBLE_WITHIN_MS', 'this.clock.nowMs() < note.atMs'],
  ],
];

let sources: SeededSources;
beforeAll(() => {
  vi.stubEnv('INFERSWEEP_SCHEDULES', '8');
  vi.stubEnv('INFERSWEEP_SCHEDULES_SEED', '365253972');
  sources = new SeededSources('schedules');
});
afterAll(() => {
  vi.unstubAllEnvs();
  sources.remove();
});

describe('a handful of schedules', () => {
  it('holds as it is', () => {
    expect(sources.passes(SCHEDULES)).toBe(true);
  });

  it.each(mutants)('with %s does not', (_, edit) => {
    expect(sources.passesWith([edit], SCHEDULES)).toBe(false);
  });
});
