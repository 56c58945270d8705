import { expect, it } from 'vitest';
import { type ExecutionsApi, SweepExecutions } from '../../lib/aws/sweep-execution.ts';

/** Executions by name, in the order of their starts; `shown` says how many of them a listing has. */
function lambda() {
  const started: string[] = [];
  const api = {
    ended: new Set<string>(),
    shown: Number.POSITIVE_INFINITY,
    invoke: async ({ DurableExecutionName }: { DurableExecutionName: string }) => {
      if (!started.includes(DurableExecutionName)) started.push(DurableExecutionName);
    },
    listDurableExecutionsByFunction: async (o: { DurableExecutionName: string }) => ({
      DurableExecutions: started
        .slice(0, api.shown)
        .filter((name) => name === o.DurableExecutionName)
        .map((name) => ({
          DurableExecutionArn: name,
          Status: api.ended.has(name) ? 'SUCCEEDED' : 'RUNNING',
          StartTimestamp: new Date(0),
          EndTimestamp: new Date(0),
        })),
    }),
    getDurableExecution: async ({ DurableExecutionArn }: { DurableExecutionArn: string }) => ({
      Result: JSON.stringify(DurableExecutionArn),
    }),
  };
  const begun: string[] = [];
  const executions = new SweepExecutions({
    begin: async (runId, number) => {
      begun.push(`${runId} ${number} after ${started.length}`);
    },
    lambda: api as unknown as ExecutionsApi,
    functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:sweep:1',
    nameOf: (id) => id.replaceAll('/', '-'),
  });
  return { api, started, begun, executions };
}

it('takes what it has started for running while no listing shows it, and for absent when none ever does', async () => {
  const { api, executions } = lambda();
  expect(await executions.look('run')).toMatchObject({ state: 'absent' });
  api.shown = 0;
  await executions.start('run', null);
  for (let look = 0; look < 12; look++) expect(await executions.look('run')).toMatchObject({ state: 'running' });
  expect(await executions.look('run')).toMatchObject({ state: 'absent' });
});

it('does not take the end of the execution before for the end of the one that it has started', async () => {
  const { api, started, executions } = lambda();
  await executions.start('run', null);
  api.ended.add('run-e1');
  expect(await executions.look('run')).toMatchObject({ state: 'done', outcome: 'run-e1' });
  api.shown = 1;
  await executions.start('run', null);
  expect(started).toEqual(['run-e1', 'run-e2']);
  for (let look = 0; look < 12; look++) expect(await executions.look('run')).toMatchObject({ state: 'running' });
  expect(await executions.look('run')).toMatchObject({ state: 'absent' });
  api.shown = 2;
  api.ended.add('run-e2');
  expect(await executions.look('run')).toMatchObject({ state: 'done', outcome: 'run-e2' });
});

it('starts nothing beside one that runs', async () => {
  const { started, executions } = lambda();
  await executions.start('run', null);
  await executions.start('run', null);
  expect(started).toEqual(['run-e1']);
});

it('asks for the same execution where two start at once, of which Lambda makes one', async () => {
  const { api, started, executions } = lambda();
  const asked: string[] = [];
  const invoke = api.invoke;
  api.invoke = async (o) => {
    asked.push(o.DurableExecutionName);
    await invoke(o);
  };
  await Promise.all([executions.start('run', null), executions.start('run', null)]);
  expect(asked).toEqual(['run-e1', 'run-e1']);
  expect(started).toEqual(['run-e1']);
});

it('says which start it is before it starts, and says nothing beside one that runs', async () => {
  const { api, begun, executions } = lambda();
  await executions.start('run', null);
  await executions.start('run', null);
  expect(begun).toEqual(['run 1 after 0']);
  api.ended.add('run-e1');
  await executions.start('run', null);
  expect(begun).toEqual(['run 1 after 0', 'run 2 after 1']);
});

it.each([
  ['SUCCEEDED', 'start', 5000],
  ['FAILED', 'start', 5000],
  ['STOPPED', 'end', 9000],
  ['TIMED_OUT', 'end', 9000],
])('a receipt tells of one that is %s if it was written after its %s', async (Status, _of, sinceMs) => {
  const { api, executions } = lambda();
  await executions.start('run', null);
  const [StartTimestamp, EndTimestamp] = [new Date(5000), new Date(9000)];
  api.listDurableExecutionsByFunction = async (o) => ({
    DurableExecutions:
      o.DurableExecutionName === 'run-e1' ? [{ DurableExecutionArn: 'a', Status, StartTimestamp, EndTimestamp }] : [],
  });
  expect(await executions.look('run')).toMatchObject({ sinceMs });
});

it('no receipt tells of one that was started and never seen', async () => {
  const { api, executions } = lambda();
  api.shown = 0;
  await executions.start('run', null);
  for (let look = 0; look < 12; look++) await executions.look('run');
  expect(await executions.look('run')).toEqual({ state: 'absent', outcome: null, error: null });
});

it.each([
  ['the hash of its plan', 'abc', { planSha256: 'abc' }],
  ['nothing of a run without a seal', null, {}],
])('an execution is told %s', async (_what, planSha256, seal) => {
  const { api, executions } = lambda();
  let payload = '';
  api.invoke = async (o) => {
    payload = new TextDecoder().decode((o as unknown as { Payload: Uint8Array }).Payload);
  };
  await executions.start('run', planSha256);
  expect(JSON.parse(payload)).toEqual({ runId: 'run', path: 'run/e1', workflow: 'run', input: null, ...seal });
});
