/** `verify` on what an emulated AWS serves: the promoted recommendation, the folder it stands in, and the command. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Recommendation } from '../../lib/core/recommend/recommendation.ts';
import { type Ended, kit } from './cli.ts';

export const TARGET_PER_SECOND = 25;

/** Of one instance of the service; twice what scaling wants of it. */
export const server = { serviceMs: 20, slots: 2, queueBound: 10 };

/** One to three instances at 25 requests a second each. */
export function oneToThree(golden: Recommendation): Recommendation {
  return {
    ...golden,
    slo: { percentile: 95, latencyMs: 1000, maxErrorRate: 0.01 },
    demand: { requestsPerMinute: 1200, low: 900, peak: 3600 },
    scaling: {
      ...golden.scaling!,
      targetValue: 60 * TARGET_PER_SECOND,
      minCapacity: 1,
      initialCapacity: 1,
      maxCapacity: 3,
    },
  };
}

/** As `ProductionStack` puts them on all it makes. */
export function tagsOf(promoted: Recommendation, configuration = promoted.deploy!.id): Record<string, string> {
  return {
    'infersweep:stack': 'production',
    'infersweep:experiment': promoted.experiment,
    'infersweep:configuration': configuration,
  };
}

export interface Verification {
  cwd: string;
  verify(environment: Record<string, string>, ...args: string[]): Promise<Ended>;
  close(): void;
}

export function verificationOf(promoted: Recommendation): Verification {
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'verify-')));
  mkdirSync(join(cwd, 'promoted'));
  writeFileSync(join(cwd, 'promoted', 'it.json'), JSON.stringify(promoted));
  writeFileSync(join(cwd, 'inputs.jsonl'), '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,1],"data":[1]}]}\n');
  return {
    cwd,
    verify: (env, ...args) => kit(['verify', '--inputs', 'inputs.jsonl', '--settle', '6s', ...args], { cwd, env }),
    close: () => rmSync(cwd, { recursive: true, force: true }),
  };
}

/** A verification that held, on whatever target: the fleet grew as its alarm says, and the objective held on both sides. */
export function expectHeld({ code, stdout, stderr }: Ended): void {
  expect(code, stderr + stdout).toBe(0);
  const found = JSON.parse(stdout);
  expect(found).toMatchObject({
    verdict: 'held',
    alarm: { periodSeconds: 1, evaluationPeriods: 2, threshold: 60 * TARGET_PER_SECOND },
    plan: { expectedInstances: 3 },
    scaleOut: { verdict: 'held', mostInstances: 3, refused: [] },
  });
  // Arrivals are random: a second with few may have asked for two first.
  expect(found.activities[0]).toMatchObject({ status: 'Successful', description: expect.stringMatching(/ to 3\.$/) });
  expect(found.phases.map((p: { phase: string; verdict: string }) => [p.phase, p.verdict])).toMatchObject([
    ['before', 'held'],
    ['growing', expect.any(String)],
    ['after', 'held'],
  ]);
  expect(found.phases[2].requests).toBeGreaterThan(100);
  expect(found.fleet[0]).toMatchObject({ desired: 1, running: 1, instances: 1 });
  expect(found.fleet.at(-1)).toMatchObject({ desired: 3, running: 3, instances: 3 });
  expect(found.scaleOut.reachedSeconds).toBeGreaterThan(1);
}
