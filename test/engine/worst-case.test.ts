/**
 * What a plan shows as its worst case, held against what runs of it hold: the life cycle's own holds, those of the load
 * generators and preparers that `lib/aws` composes, and the controller's.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FargateGenerator } from '../../lib/aws/fargate-generator.ts';
import { HostPreparer } from '../../lib/aws/host-preparer.ts';
import { CONTROLLER_TASK_SIZE, LOAD_TASK_SIZE } from '../../lib/core/catalog/lab.ts';
import { estimate } from '../../lib/core/plan/estimate.ts';
import { hostUsdPerHour } from '../../lib/core/plan/hold.ts';
import type { Plan } from '../../lib/core/plan/plan.ts';
import { taskUsd, taskUsdPerHour } from '../../lib/core/plan/task-cost.ts';
import type { Hold } from '../../lib/core/ports/ledger.ts';
import { startController } from '../../lib/engine/controller.ts';
import type { EnginePorts } from '../../lib/engine/ports.ts';
import { workflows } from '../../lib/engine/workflow/sweep.ts';
import { JournalWorkflow } from '../../lib/local/journal/journal-workflow.ts';
import { cloudExperiment, goodPlan } from '../support/experiments.ts';
import { FakeWorld, type Faults } from '../support/fake-world.ts';
import { MemoryJournal } from '../support/memory-journal.ts';
import { MemoryLedger } from '../support/memory-ledger.ts';
import { QueueCloud, queuePlan } from '../support/queue-cloud.ts';

const REGION = 'us-east-1';
const TASK = { architecture: 'arm64', assignPublicIp: 'ENABLED' } as const;
const lab = { loadTask: { ...LOAD_TASK_SIZE, ...TASK }, subnets: ['subnet-a'] };
const generator = new FargateGenerator({ lab, region: REGION } as never);
const preparer = new HostPreparer({
  site: { launchTemplates: { g4dn: {}, inf1: {}, g5: {} }, hostLogGroup: 'hosts' },
  bucket: { store: { get: async () => null } },
  usdPerHour: (type: string) => hostUsdPerHour(type, REGION),
} as never);

/** All that was ever held, and what was held and spent together at most. */
class Watched extends MemoryLedger {
  heldUsd = 0;
  mostUsd = 0;

  override async reserve(hold: Hold) {
    const isNew = !this.holds.has(hold.name);
    const answer = await super.reserve(hold);
    if (isNew) this.heldUsd += hold.usd;
    const { reservedUsd, spentUsd } = await this.balance();
    this.mostUsd = Math.max(this.mostUsd, reservedUsd + spentUsd);
    return answer;
  }
}

/** A run with a controller of its own, by which nothing is lost. */
async function swept(world: FakeWorld, plan: Plan, looked: Partial<EnginePorts['generator']> = {}): Promise<Watched> {
  const ledger = new Watched(null);
  const own = world.ports();
  const target = own.targets.sagemaker ?? own.targets.local!;
  const ports: EnginePorts = {
    ...own,
    ledger,
    targets: { sagemaker: target, ec2: target },
    generator: {
      ...own.generator,
      usdAtMost: (job, seconds) => generator.usdAtMost(job, seconds),
      ...looked,
    },
    preparer: { ...own.preparer, usdAtMost: (preparation, ttl) => preparer.usdAtMost(preparation, ttl) },
  };
  const host = {
    usdPerHour: taskUsdPerHour({ ...CONTROLLER_TASK_SIZE, ...TASK }, REGION),
    previous: async () => null,
    start: async () => null,
  };
  await startController(ports, { plan, planSha256: null, host, number: 1 }, async () => undefined);
  const registry = workflows(ports);
  const root = JournalWorkflow.root(new MemoryJournal(), 'run-1/e1', registry, async () => undefined);
  await registry['sweep']!(root, null);
  return ledger;
}

const TYPES = {
  sagemaker: ['ml.g4dn.xlarge', 'ml.g4dn.2xlarge', 'ml.g5.xlarge'],
  ec2: ['g4dn.xlarge', 'g4dn.2xlarge', 'g5.xlarge'],
};
const planOf = (o: { sagemaker: string[]; ec2: string[]; finalists: number; repeats: number; users: number[] }) =>
  goodPlan(
    cloudExperiment({
      targets: [
        ...(o.sagemaker.length ? [{ sagemaker: { instanceTypes: o.sagemaker } }] : []),
        ...(o.ec2.length ? [{ ec2: { instanceTypes: o.ec2 } }] : []),
      ],
      repeats: o.repeats,
      load: {
        protocol: 'capacity',
        users: o.users,
        rounds: 2,
        confirm: o.finalists === 0 ? false : { finalists: o.finalists, rounds: 2 },
      },
    }),
  );

const plans = fc
  .record({
    sagemaker: fc.subarray(TYPES.sagemaker),
    ec2: fc.subarray(TYPES.ec2),
    finalists: fc.integer({ min: 0, max: 3 }),
    repeats: fc.integer({ min: 1, max: 3 }),
    users: fc.subarray([1, 4, 16], { minLength: 1 }),
  })
  .filter(({ sagemaker, ec2 }) => sagemaker.length + ec2.length > 0)
  .map(planOf);

const KINDS = ['unhealthy', 'wrong'] as const;
const faults = (plan: Plan): fc.Arbitrary<Faults> =>
  fc.record(
    Object.fromEntries(KINDS.map((kind) => [kind, fc.subarray(plan.deployments.map(({ id }) => id))])) as Record<
      (typeof KINDS)[number],
      fc.Arbitrary<string[]>
    >,
  );

describe('the worst case of a plan', () => {
  it('is never less than all that a run of it holds, whatever fails in it', async () => {
    const runs = plans.chain((plan) => fc.record({ plan: fc.constant(plan), faults: faults(plan) }));
    await fc.assert(
      fc.asyncProperty(runs, async ({ plan, faults: broken }) => {
        const { heldUsd } = await swept(new FakeWorld(plan, broken), plan);
        expect(heldUsd).toBeLessThanOrEqual(plan.estimate.usdWorstCase! + 1e-9);
      }),
      { numRuns: 60 },
    );
  });

  it.each(['sagemaker', 'ec2'] as const)(
    'is all of it, to the cent, where every one is confirmed: %s',
    async (target) => {
      const types = { sagemaker: [], ec2: [], [target]: TYPES[target].slice(0, 1) };
      const plan = planOf({ ...types, finalists: 1, repeats: 2, users: [1, 4] });
      expect(plan.preparations).toHaveLength(1);
      const { heldUsd } = await swept(new FakeWorld(plan), plan);
      expect(plan.estimate.usdWorstCase! - heldUsd).toBeGreaterThanOrEqual(0);
      expect(plan.estimate.usdWorstCase! - heldUsd).toBeLessThan(0.01);
    },
  );

  it('is never less than what a search has held and spent together, at any moment', async () => {
    const of = queuePlan('adaptive', { devices: 2, lines: 1 });
    const plan = { ...of, region: REGION, estimate: estimate({ ...of, region: REGION }) };
    const world = new QueueCloud(plan);
    const { check } = world.ports().generator;
    const usd = taskUsd(generator['usdPerHour'], plan.load.adaptive!.trialSeconds + plan.load.dropSeconds + 45);
    const { mostUsd } = await swept(world, plan, {
      check: async (handle) => {
        const state = await check(handle);
        return state.state === 'done' ? { ...state, usd } : state;
      },
    });
    expect(world.loads.length).toBeGreaterThan(10);
    expect(mostUsd).toBeLessThanOrEqual(plan.estimate.usdWorstCase!);
  });
});
