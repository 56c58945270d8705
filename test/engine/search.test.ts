/** An adaptive sweep in a cloud whose best configuration is known, carried by the journal. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../lib/cli/conclude.ts';
import type { Plan } from '../../lib/core/plan/plan.ts';
import { nextTrial } from '../../lib/core/search/next-trial.ts';
import { type Crash, type CrashRun, onJournal } from '../support/crash-runs.ts';
import type { Faults } from '../support/fake-world.ts';
import { QueueCloud, queuePlan, TRIALS_SHA256, TRUE_WINNER, trialsSha256 } from '../support/queue-cloud.ts';

async function ran(plan: Plan, o: { faults?: Faults; crash?: Crash } = {}) {
  const world = new QueueCloud(plan, o.faults);
  return { run: await onJournal(world, o.crash ?? null), world, plan };
}

async function swept(plan: Plan, o: { faults?: Faults } = {}) {
  const done = await ran(plan, o);
  return { ...done, recommendation: decide(plan, done.world.records) };
}

/** What several tests look at and none changes is run once. */
let undisturbed: ReturnType<typeof swept> | null = null;
const adaptiveSweep = () => {
  undisturbed ??= swept(queuePlan('adaptive'));
  return undisturbed;
};

const recordsOf = ({ world }: CrashRun) =>
  JSON.stringify([
    world.records.map((r) => ({ ...r, startedAt: null })).sort((a, b) => (a.trial < b.trial ? -1 : 1)),
    [...world.skips].sort((a, b) => (a.trial < b.trial ? -1 : 1)),
  ]);

describe('an adaptive sweep', () => {
  it('names the winner that every configuration measured names, for less than half of the billed time', async () => {
    const exhaustive = await swept(queuePlan('grid'));
    const adaptive = await adaptiveSweep();
    expect(exhaustive.run.outcome).toMatchObject({ state: 'done', left: [] });
    expect(adaptive.run.outcome).toMatchObject({ state: 'done', left: [] });
    expect(exhaustive.recommendation.deploy!.id).toBe(TRUE_WINNER);
    expect(adaptive.recommendation.deploy!.id).toBe(TRUE_WINNER);
    expect(adaptive.recommendation.verdict).toBe('decided');
    expect(adaptive.world.billedSeconds).toBeLessThan(exhaustive.world.billedSeconds / 2);
    expect(adaptive.world.alive.size).toBe(0);
  });

  it('gives every configuration an end on record: measured, or left out with what was predicted', async () => {
    const { world, plan, recommendation } = await adaptiveSweep();
    const measured = new Set(world.records.map((r) => r.configuration.id));
    const leftOut = new Map(world.skips.map((s) => [plan.trials.find((t) => t.id === s.trial)!.deployment, s.row]));
    for (const { id } of plan.deployments) expect(measured.has(id) || leftOut.has(id), id).toBe(true);
    expect(leftOut.size).toBeGreaterThan(plan.deployments.length / 2);
    for (const [id, row] of leftOut) {
      expect(row).toMatchObject({ code: 'search', rule: null });
      const words = measured.has(id) ? /^only its full batches were timed: / : /^not tried: /;
      expect(row.fix).toMatch(words);
      expect(row.fix).toMatch(/predicted (.* requests\/s, .* USD per million .*: |.* at no rate, )cannot win$/);
    }
    const named = [recommendation.choice!, ...recommendation.ties, ...recommendation.rejected];
    for (const { configuration, instanceType } of named) {
      expect(measured.has(`${configuration}@sagemaker/${instanceType}`), configuration).toBe(true);
    }
  });

  it('keeps a deployment for all loads that need no other, and never two at a time', async () => {
    const { world, plan } = await adaptiveSweep();
    expect(world.mostAlive).toBe(1);
    expect(world.deploys.length).toBeLessThan(world.loads.length);
    for (const [i, id] of world.deploys.entries()) expect(id).not.toBe(world.deploys[i + 1]);
    const again = world.deploys.length - new Set(world.deploys).size;
    expect(again).toBeLessThanOrEqual(plan.load.adaptive!.revisits);
  });

  it('certifies with confirmations alone, and recommends nothing that has none', async () => {
    const { world, plan, recommendation } = await adaptiveSweep();
    const confirmations = world.records.filter((r) => r.purpose === 'confirm');
    expect(new Set(confirmations.map((r) => r.configuration.id))).toContain(recommendation.deploy!.id);
    const screened = world.records.filter((r) => r.purpose === 'screen');
    expect(decide(plan, screened)).toMatchObject({ choice: null, deploy: null, verdict: 'undecided' });
    const two = confirmations.slice(0, 2);
    expect(decide(plan, [...screened, ...two])).toMatchObject({ choice: null, deploy: null });
  });

  it('goes on from the records of an earlier execution with the same proposals', async () => {
    const { world, plan } = await adaptiveSweep();
    const whole = new Set(world.records.map((r) => r.trial));
    for (let told = 0; told < world.records.length; told += 3) {
      const next = nextTrial(plan, { measurements: world.records.slice(0, told), skipped: new Set() });
      expect('trial' in next && whole.has(next.trial.id)).toBe(true);
    }
    const resumed = new QueueCloud(plan);
    resumed.records.push(...world.records.slice(0, 7));
    await onJournal(resumed, null);
    expect(resumed.records.map((r) => r.trial)).toEqual(world.records.map((r) => r.trial));
  });

  it('proposes the same on every engine', async () => {
    const { world } = await ran(queuePlan('adaptive', { devices: 2, lines: 1 }));
    expect(trialsSha256(world)).toBe(TRIALS_SHA256);
  });

  it('ends when asked, and keeps what it has measured', async () => {
    const plan = queuePlan('adaptive');
    const world = new QueueCloud(plan);
    world.onLoad = () => {
      if (world.loads.length === 4) world.stopAsked = 'interrupt';
    };
    const { outcome } = await onJournal(world, null);
    expect(outcome).toMatchObject({ state: 'stopped', stopReason: 'interrupt' });
    expect(world.alive.size).toBe(0);
    expect(world.records).toHaveLength(4);
    expect(world.skips).toEqual([]);
  });

  it('finds another winner where the best will not come up, is refused, or answers wrongly', async () => {
    for (const fault of ['unhealthy', 'refused', 'wrong'] as const) {
      const { run, world, recommendation } = await swept(queuePlan('adaptive'), { faults: { [fault]: [TRUE_WINNER] } });
      expect(run.outcome, fault).toMatchObject({ state: 'done', left: [] });
      expect(recommendation.deploy, fault).not.toBeNull();
      expect(recommendation.deploy!.id).not.toBe(TRUE_WINNER);
      const own = world.records.filter((r) => r.configuration.id === TRUE_WINNER);
      expect(own.every((r) => r.validity.status === 'invalid')).toBe(true);
      expect(world.deploys.filter((id) => id === TRUE_WINNER).length).toBeLessThanOrEqual(1);
    }
  });

  it('stops at its bound of revisits, and says so of what it did not come to', async () => {
    const plan = queuePlan('adaptive');
    const bound: Plan = { ...plan, load: { ...plan.load, adaptive: { ...plan.load.adaptive!, revisits: 0 } } };
    const { run, world, recommendation } = await swept(bound);
    expect(run.outcome).toMatchObject({ state: 'done' });
    expect(world.deploys.length).toBe(new Set(world.deploys).size);
    expect(recommendation.choice).toBeNull();
    expect(world.skips.some((s) => s.row.fix!.includes('the search ended before it: it would have visited'))).toBe(
      true,
    );
  });

  it('is not changed by a death at any journal position', async () => {
    const plan = queuePlan('adaptive', { devices: 1, lines: 1 });
    const reference = await ran(plan);
    expect(reference.world.deploys.length).toBeGreaterThan(new Set(reference.world.deploys).size);
    const bad: string[] = [];
    for (let at = 1; at <= reference.run.writes; at++) {
      for (const side of ['before', 'after'] as const) {
        const { run, world } = await ran(plan, { crash: { at, side } });
        const same =
          JSON.stringify(run.outcome) === JSON.stringify(reference.run.outcome) &&
          recordsOf(run) === recordsOf(reference.run) &&
          world.alive.size === 0 &&
          run.log.repeated.length === 0 &&
          JSON.stringify(world.deploys) === JSON.stringify(reference.world.deploys);
        if (!same) bad.push(`${side} write ${at}: ${JSON.stringify(run.outcome)} ${run.log.repeated}`);
      }
    }
    expect(bad).toEqual([]);
    expect(reference.run.writes).toBeGreaterThan(100);
  }, 300_000);
});
