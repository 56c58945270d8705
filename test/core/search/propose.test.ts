/** The same history in, the same proposals out: on this engine, on the next, and however the history is ordered. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allProposals, proposalsOf, usersWorld } from '../../../bench/search/proposals.ts';
import { syntheticWorld } from '../../../bench/search/synthetic.ts';
import { propose } from '../../../lib/core/search/propose.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
/** Changes whenever the search does: then it is a decision, and the bench is run again. */
const DIGEST = 'd1e07d2320e1a0b0c5ca91f087cb55a45fb5a9a52f0b6009b6228ab65ac6060c';
const node24 = join(root, '.cache', 'node24', 'bin', 'node');

describe('propose', () => {
  const { proposals, history, space } = proposalsOf(usersWorld(), 0);

  it('asks what a session asks, trial by trial', () => {
    const asked = JSON.parse(proposals) as unknown[];
    for (let told = 0; told <= history.length; told++) {
      expect(JSON.parse(JSON.stringify(propose(space, history.slice(0, told))))).toEqual(asked[told]);
    }
  });

  it('does not care for the order of its history, nor for what it never asked', () => {
    const stranger = { ...history[0]!, trial: 'never-asked' };
    for (const told of [3, history.length]) {
      const some = history.slice(0, told);
      expect(propose(space, [stranger, ...some].reverse())).toEqual(propose(space, some));
    }
  });

  it('is the same with a queue to simulate, from any place in the middle', () => {
    const queue = proposalsOf(syntheticWorld(3), 3);
    const asked = JSON.parse(queue.proposals) as unknown[];
    for (const told of [0, 7, 21, queue.history.length]) {
      const next = propose(queue.space, queue.history.slice(0, told));
      expect(JSON.parse(JSON.stringify(next))).toEqual(asked[told]);
    }
  });

  it('has the digest that was agreed', () => {
    expect(sha256(allProposals())).toBe(DIGEST);
  });

  it.skipIf(!existsSync(node24))('has the same digest on Node 24 (skipped without .cache/node24/bin/node)', () => {
    const script = join(root, 'dist', 'bench', 'search', 'proposals.js');
    const output = execFileSync(node24, [script], { encoding: 'utf8', timeout: 60_000 });
    expect(sha256(output.trimEnd())).toBe(DIGEST);
  });
});
