/** The handler of the sweep as it is deployed: three functions of one bundle that know each other by their environment. */
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PortsOf } from '../../lambda/compose.ts';
import { sweepFunction } from '../../lambda/sweep/handler.ts';
import { type SweepFunctionName, sweepFunctions } from '../../lib/core/workflow/sweep-functions.ts';
import { CloudWorld, cloudPlan } from '../support/cloud-world.ts';

beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: false }));
afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());

/** On AWS a look at what is under way comes every 15 s. */
const scaleSeconds = (seconds: number) => seconds / 100;

const runIds: string[] = [];

function functionsOf(portsOf: PortsOf) {
  const started: string[] = [];
  const execute = async (name: SweepFunctionName, payload: unknown): Promise<unknown> => {
    started.push(name);
    const environment = { WORKFLOW_FUNCTIONS: JSON.stringify(sweepFunctions[name]) };
    const handlerFunction = sweepFunction(async () => portsOf, environment, { scaleSeconds });
    const runner = new LocalDurableTestRunner({ handlerFunction });
    runner.registerFunction('shard', (event: unknown) => execute('shard', event));
    runner.registerFunction('group', (event: unknown) => execute('group', event));
    const result = await runner.run({ payload });
    if (result.getStatus() !== 'SUCCEEDED') throw new Error(result.getError().errorMessage);
    return result.getResult();
  };
  return { started, execute };
}

describe('the sweep function', () => {
  it('runs a sweep over executions of shards and groups, each with the ports of its run', async () => {
    const world = new CloudWorld(cloudPlan(2));
    const { started, execute } = functionsOf((runId, planSha256) => {
      runIds.push(`${runId} under ${planSha256}`);
      return world.ports();
    });
    const event = { runId: 'run-1', path: 'run-1/e1', workflow: 'sweep', input: null, planSha256: 'abc' };
    expect(await execute('sweep', event)).toEqual({
      state: 'done',
      stopReason: null,
      recorded: 4,
      left: [],
      leftCount: 0,
    });
    expect(started).toEqual(['sweep', 'shard', 'group', 'group', 'group']);
    expect(new Set(runIds)).toEqual(new Set(['run-1 under abc']));
    expect([...world.alive]).toEqual([]);
  });

  it.each([
    ['a port without an adapter', { runId: 'r', path: 'r/e1', workflow: 'sweep', input: null }, 'no adapter for store'],
    [
      'an unknown workflow',
      { runId: 'r', path: 'r/e1', workflow: 'sweeep', input: null },
      /no workflow "sweeep".*sweep/,
    ],
    ['an event of another kind', { source: 'aws.events' }, /runId/],
  ])('ends in words at %s', async (what, event, message) => {
    const { execute } = functionsOf(() => {
      if (what.startsWith('a port')) throw new Error('no adapter for store');
      return new CloudWorld().ports();
    });
    await expect(execute('sweep', event)).rejects.toThrow(message);
  });
});
