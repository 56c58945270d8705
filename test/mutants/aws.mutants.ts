/** Faults seeded into the life cycle, one at a time, in a copy of the sources: each must turn a row of the fault matrix red. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Edit, SeededSources } from '../support/seeded-faults.ts';

/** `row`: part of the name of the test that must notice. */
interface Mutant {
  fault: string;
  row: string;
  edits: Edit[];
}

const ROWS = 'test/faults/aws/rows-4-8.test.ts';
const bringUp = 'engine/workflow/bring-up.ts';
const teardown = 'engine/workflow/teardown.ts';
const told = '      return { stopped: null, answer, billedFrom: billedFrom(answer, held.heldAtMs) };';
const arm = '      await ports.deadlines.arm({ name, expiresAt: rfc3339(held.expiresAtMs), tags });\n';

const mutants: Mutant[] = [
  {
    fault: 'teardown by a flag in memory',
    row: 'row 6:',
    edits: [
      [
        bringUp,
        '/** Where every deployment begins. */',
        'export const made = new WeakMap<EnginePorts, Set<string>>();\n/** Where every deployment begins. */',
      ],
      [bringUp, arm, `${arm}      made.set(ports, (made.get(ports) ?? new Set()).add(name));\n`],
      [teardown, "import type { Live } from './bring-up.ts';", "import { type Live, made } from './bring-up.ts';"],
      [teardown, 'await where.destroy(name);', 'if (made.get(ports)?.has(name)) await where.destroy(name);'],
    ],
  },
  {
    fault: 'money held after the create',
    row: 'another zone has it',
    edits: [
      [
        'engine/workflow/hold.ts',
        'await ports.ledger.reserve({ name, usd: holdUsd(target, usdPerHour, limit) });',
        "{ granted: holdUsd(target, usdPerHour, limit) >= 0, reason: '' };",
      ],
      [bringUp, told, `      await ports.ledger.reserve({ name, usd: 1 });\n${told}`],
    ],
  },
  {
    fault: 'a receipt of delete calls',
    row: 'another zone has it',
    edits: [
      [
        teardown,
        '        if ((await where.list(ports.runId)).some((r) => r.name === name)) return { ...stillThere, error: null };\n',
        '',
      ],
    ],
  },
  {
    fault: 'a deadline armed after the create',
    row: 'another zone has it',
    edits: [
      [bringUp, arm, ''],
      [bringUp, told, `${arm}${told}`],
    ],
  },
];

let sources: SeededSources;
beforeAll(() => {
  sources = new SeededSources('aws');
});
afterAll(() => sources.remove());

describe('the life cycle on AWS', () => {
  it.each([...new Set(mutants.map(({ row }) => row))])('is green as it is: %s', (row) => {
    expect(sources.passes(ROWS, '-t', row)).toBe(true);
  });

  it.each(mutants)('with $fault turns red', ({ row, edits }) => {
    expect(sources.passesWith(edits, ROWS, '-t', row)).toBe(false);
  });
});
