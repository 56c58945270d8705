/** What `run` does with the answer of a preflight, through the command line with a kit of the test's own. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Kit, Preflight, Run } from '../../lib/cli/kit.ts';
import { main } from '../../lib/cli/program.ts';
import type { Plan, SkippedRow } from '../../lib/core/plan/plan.ts';
import { cloudExperiment, goodPlan } from '../support/experiments.ts';
import { MemoryStore } from '../support/memory-store.ts';

const plan = goodPlan(
  cloudExperiment({
    targets: [{ ec2: { instanceTypes: ['c7g.4xlarge', 'c7g.large'] } }],
    runtimes: [{ torch: { mode: ['eager', 'compile'] } }],
  }),
);

let said = '';
beforeEach(() => {
  said = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

const row = ({ configuration: c }: Plan['deployments'][number], fix: string): SkippedRow => ({
  configuration: c.name,
  target: c.target,
  instanceType: c.instanceType,
  code: 'quota',
  rule: null,
  fix,
});

/** A kit of a run that AWS would drive: everything but its preflight is noted, and it ends where it would start. */
async function run(preflight: Preflight): Promise<{ code: number; did: string[]; store: MemoryStore }> {
  const did: string[] = [];
  const store = new MemoryStore();
  const kit = {
    now: () => new Date(0),
    host: () => null,
    plan: async () => ({ ok: true, plan, experimentText: 'e', inputs: 'i', golden: null, lock: {} }),
    createRun: () => {
      did.push('createRun');
      return { id: 'run-1', folder: '/nowhere', store, records: null } as unknown as Run;
    },
    preflight: async () => {
      did.push('preflight');
      return preflight;
    },
    ports: async () => ({ store }),
    cloudCarrier: async () => 'durable',
    cloud: async () => ({
      start: async (_run: Run, started: Plan) => {
        did.push(`start ${started.deployments.map(({ id }) => id).join(' ')}`);
        throw new Error('far enough');
      },
    }),
    prepareHere: async () => undefined,
  } as unknown as Kit;
  const code = await main('0', async () => kit, ['run', 'e.yaml', '--on', 'aws']);
  return { code, did, store };
}

it('is refused as a whole with what to do about each refusal, and leaves nothing behind', async () => {
  const fact = {
    name: 'Guard',
    state: 'missing' as const,
    value: 'not deployed',
    fix: 'npx cdk deploy InfersweepGuard',
  };
  const lab = { ...fact, name: 'Lab', fix: 'npx cdk deploy InfersweepLab' };
  const ended = await run({ refusals: [fact, lab], skipped: [row(plan.deployments[0]!, 'ask for more')] });
  expect([ended.code, ended.did]).toEqual([3, ['preflight']]);
  for (const text of [
    'Guard: not deployed\n  npx cdk deploy InfersweepGuard',
    'npx cdk deploy InfersweepLab',
    'doctor --aws e.yaml',
  ]) {
    expect(said).toContain(text);
  }
});

it('is refused when nothing is left, with the first fix as the next command', async () => {
  const ended = await run({ refusals: [], skipped: plan.deployments.map((d) => row(d, 'ask for more')) });
  expect([ended.code, ended.did]).toEqual([3, ['preflight']]);
  expect(said).toContain('none of the 4 configurations can run');
  expect(said).toContain('next: ask for more');
});

it('goes on without what is skipped, and keeps the rows in its plan', async () => {
  const [gone, ...left] = plan.deployments;
  const ended = await run({ refusals: [], skipped: [row(gone!, 'ask for more')] });
  expect(ended.did).toEqual(['preflight', 'createRun', `start ${left.map(({ id }) => id).join(' ')}`]);
  expect(said).toContain(
    `skipped: ${gone!.configuration.name} on ${gone!.configuration.instanceType}: quota: ask for more`,
  );
  const written = JSON.parse((await ended.store.get('plan.json'))!) as Plan;
  expect(written.deployments.map(({ id }) => id)).toEqual(left.map(({ id }) => id));
  expect(written.skipped).toMatchObject([{ code: 'quota', instanceType: gone!.configuration.instanceType }]);
  expect(written.trials.every(({ deployment }) => deployment !== gone!.id)).toBe(true);
  expect(written.estimate.usdWorstCase).toBeLessThan(plan.estimate.usdWorstCase!);
});

it('is run as it was planned when nothing stands against it', async () => {
  const ended = await run({ refusals: [], skipped: [] });
  expect(ended.did.at(-1)).toBe(`start ${plan.deployments.map(({ id }) => id).join(' ')}`);
  expect(said).not.toContain('skipped');
});
