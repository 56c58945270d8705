/** The verbs as a stranger types them, right and wrong. */
import { mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { kit, root } from '../support/cli.ts';

const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'verbs-')));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
const run = (...args: string[]) => kit(args, { cwd });
const emulated = join(root, 'test', 'fixtures', 'emulated');

describe('the command line', () => {
  it.each([
    [['--help'], 0, /Usage: infersweep/],
    [['--version'], 0, /^\d+\.\d+\.\d+/],
    [['schema'], 0, /experiment/],
    [['schema', 'experiment'], 0, /"draft-07|json-schema.org\/draft-07/],
  ])('answers %j', async (args, code, out) => {
    const ended = await run(...args);
    expect(ended.code).toBe(code);
    expect(ended.stdout).toMatch(out);
    expect(ended.stderr).toBe('');
  });

  it.each([
    [['rum'], /Did you mean run/],
    [['run'], /missing required argument/],
    [['run', 'nowhere.yaml'], /nowhere\.yaml: does not exist/],
    [['status', 'no-such-run'], /no run "no-such-run"|there is no run/],
    [['schema', 'nothing'], /allowed: .*experiment/],
    [['load', 'ftp://127.0.0.1/', '--users', '1'], /ftp:.*not supported/],
    [['load', 'http://127.0.0.1:1/'], /either --users or --rate/],
    [['load', 'http://127.0.0.1:1/', '--users', 'many'], /number above 0/],
    [['report', '--format', 'pdf'], /Allowed choices are html, md, csv, json/],
    [['smoke', emulated, '--configuration', 'absent'], /allowed: emulated-fixed2ms, emulated-fixed4ms/],
  ])('refuses %j with exit 2 and without a stack', async (args, said) => {
    const ended = await run(...args);
    expect(ended.code, ended.stderr).toBe(2);
    expect(ended.stdout).toBe('');
    expect(ended.stderr).toMatch(said);
    expect(ended.stderr).not.toMatch(/\n {4}at /);
  });

  it('writes a first experiment that validates once the model is there, and never overwrites', async () => {
    const first = await run('init', 'mine');
    expect(first.code).toBe(0);
    expect((await run('validate', 'mine')).stderr).toMatch(/model\.source: .*does not exist/);
    writeFileSync(join(cwd, 'mine', 'model.onnx'), '');
    const valid = await run('validate', 'mine');
    expect(valid.code, valid.stderr).toBe(0);
    expect((await run('init', 'mine')).code).toBe(2);
  });

  it('plans a TypeScript-style module by defineExperiment', async () => {
    const index = JSON.stringify(join(root, 'dist', 'lib', 'index.js'));
    const text = `import { defineExperiment } from ${index};
      export default defineExperiment({ schema: 'infersweep.experiment.v1', name: 'module', model: { source: 'none', inputs: 'inputs.jsonl' },
        slo: { percentile: 95, latencyMs: 50 }, targets: [{ local: { cores: 1 } }], runtimes: [{ emulated: { fixedMs: [1, 2] } }] });`;
    writeFileSync(join(cwd, 'experiment.mjs'), text);
    writeFileSync(join(cwd, 'inputs.jsonl'), '{"text":"x"}\n');
    const planned = await run('plan', 'experiment.mjs', '--json');
    expect(planned.code, planned.stderr).toBe(0);
    const plan = JSON.parse(planned.stdout);
    expect(plan.deployments).toHaveLength(2);
    expect(plan.estimate).toMatchObject({ usdExpected: 0 });
  });

  it('writes nothing on a dry run', async () => {
    const empty = realpathSync(mkdtempSync(join(tmpdir(), 'dry-')));
    const ended = await kit(['run', emulated, '--dry-run', '--json'], { cwd: empty });
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout).schema).toBe('infersweep.plan.v1');
    expect(readdirSync(empty)).toEqual([]);
    rmSync(empty, { recursive: true });
  });

  it('examines the machine', async () => {
    const facts = JSON.parse((await run('doctor', '--json')).stdout) as { name: string; state: string }[];
    expect(facts.map((f) => f.name)).toEqual(expect.arrayContaining(['Node', 'Python', 'cores', 'cache']));
  });

  it('smokes one configuration and leaves nothing', async () => {
    const ended = await run('smoke', emulated, '--json');
    expect(ended.code, ended.stderr).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({ ok: true, gone: true });
  });

  it('smokes a model that lies beside its experiment, from another folder', async () => {
    const ended = await run('smoke', join(root, 'examples', 'quickstart'), '--json');
    expect(ended.code, ended.stderr).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({ ok: true, detail: 'every output is as expected' });
  });
});
