import { afterEach, expect, it } from 'vitest';
import { openPorts } from '../../lambda/compose.ts';
import { sealOf } from '../../lib/cli/plan-seal.ts';
import { cloudPlan } from '../support/aws/cloud-plan.ts';
import { CloudRun } from '../support/aws/cloud-run.ts';

let run: CloudRun;
afterEach(() => run?.close());

it('makes the ports of a run on AWS from what the stacks say', async () => {
  run = await CloudRun.start(cloudPlan({ budget: { usd: 3 } }));
  const ports = (await openPorts(run.aws.environment))('run-1', null);
  expect(Object.keys(ports.targets)).toEqual(['sagemaker', 'ec2']);
  expect(ports.holders).toHaveLength(2);
  expect(ports.versions).toEqual({ infersweep: 'unbundled', node: process.versions.node, driver: 'aws' });
  expect(Math.abs(ports.clock.nowMs() - run.world.nowMs)).toBeLessThan(2000);
  expect(await ports.stop.read()).toBeNull();
  expect(await ports.targets.sagemaker!.list('run-1')).toEqual([]);
});

it('keeps to the budget of the plan, which it reads when something is reserved', async () => {
  run = await CloudRun.start(cloudPlan({ budget: { usd: 3 } }));
  const ports = (await openPorts(run.aws.environment))('run-1', null);
  await expect(ports.ledger.reserve({ name: 'a', usd: 2 })).rejects.toThrow(/plan\.json/);
  await ports.store.put('plan.json', JSON.stringify(run.plan));
  expect(await ports.ledger.reserve({ name: 'a', usd: 2 })).toEqual({ granted: true });
  expect(await ports.ledger.reserve({ name: 'b', usd: 2 })).toMatchObject({ granted: false });
  await ports.ledger.settle('a', 0.5);
  expect(await ports.ledger.balance()).toEqual({ spentUsd: 0.5, reservedUsd: 0, budgetUsd: 3 });
});

it('refuses another plan than the one that its start named', async () => {
  run = await CloudRun.start(cloudPlan({ budget: { usd: 3 } }));
  const planText = JSON.stringify(run.plan);
  const ports = (await openPorts(run.aws.environment))('run-1', sealOf(planText));
  await ports.store.put('plan.json', planText.replace('"usd":3', '"usd":300'));
  await expect(ports.ledger.reserve({ name: 'a', usd: 200 })).rejects.toThrow(/not the one that was started/);
  await ports.store.put('plan.json', planText);
  expect(await ports.ledger.reserve({ name: 'a', usd: 2 })).toEqual({ granted: true });
});

it('says which stack is missing, and which variable', async () => {
  run = await CloudRun.start(cloudPlan());
  await expect(openPorts({ ...run.aws.environment, AWS_REGION: '' })).rejects.toThrow(/AWS_REGION/);
  run.aws.world.faults.push({ call: 'ssm:GetParameters', code: 'AccessDeniedException', message: 'no', status: 400 });
  await expect(openPorts(run.aws.environment)).rejects.toThrow(/no/);
});
