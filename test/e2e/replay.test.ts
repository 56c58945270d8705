/** A run, started again from its folder, and read on a machine that has nothing else. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kit, leftovers, root } from '../support/cli.ts';
import { cloudExperiment, goodPlan } from '../support/experiments.ts';
import { noisyRun } from '../support/noisy-runs.ts';
import { writeRunFolder } from '../support/written-run.ts';

const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'replay-')));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
const runs = join(cwd, '.infersweep', 'runs');
const document = (id: string, name: string) => JSON.parse(readFileSync(join(runs, id, name), 'utf8'));

/** On a busy machine trials come out invalid, which is 4: what ran is then shown and not judged. */
const RAN = [0, 4];

let first: string;
beforeAll(async () => {
  writeFileSync(
    join(cwd, 'experiment.yaml'),
    `schema: infersweep.experiment.v1
name: again
model: { source: none, inputs: inputs.jsonl }
slo: { percentile: 95, latencyMs: 1000 }
targets: [{ local: { cores: 1 } }]
runtimes: [{ emulated: { fixedMs: [20, 40] } }]
load: { protocol: capacity, users: [2], window: 1s, drop: 500ms, rounds: 2, confirm: { finalists: 2, rounds: 4 } }
`,
  );
  cpSync(join(root, 'test', 'fixtures', 'emulated', 'inputs.jsonl'), join(cwd, 'inputs.jsonl'));
  const ended = await kit(['run', '.'], { cwd });
  expect(RAN, ended.stderr).toContain(ended.code);
  first = readdirSync(runs)[0]!;
}, 200_000);

describe('replay', () => {
  it('runs the same plan with the same requests, and says which old values the new intervals contain', async () => {
    const ended = await kit(['replay', first], { cwd });
    expect(RAN, ended.stderr).toContain(ended.code);
    const second = readdirSync(runs).find((id) => id !== first)!;
    expect(document(second, 'plan.json')).toEqual(document(first, 'plan.json'));
    expect(readFileSync(join(runs, second, 'inputs.jsonl'))).toEqual(readFileSync(join(runs, first, 'inputs.jsonl')));
    const [before, lock] = [document(first, 'lock.json'), document(second, 'lock.json')];
    expect(lock).toMatchObject({ ...before, replayOf: first });
    expect(before).toMatchObject({
      seed: expect.any(Number),
      prices: [],
      imagesLockSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      host: { cores: expect.any(Number), cpu: expect.any(String), node: process.versions.node },
    });
    const { rows, differs } = document(second, 'replay.json');
    expect(rows).toHaveLength(2);
    for (const row of rows) {
      expect(row.ratePerSecond.before).toBeGreaterThan(0);
      const { interval, before: old, contained } = row.ratePerSecond;
      if (contained !== null) expect(contained).toBe(old >= interval.low && old <= interval.high);
    }
    expect(differs).toEqual([]);
    expect(ended.stdout).toMatch(new RegExp(`^\\d of \\d values of ${first} lie inside the new intervals$`, 'm'));
    expect(leftovers(cwd)).toEqual([]);
  });

  it('says what is another than it was', async () => {
    const other = join(cwd, 'other');
    cpSync(join(runs, first), other, { recursive: true });
    rmSync(join(other, 'lock'), { force: true });
    const lock = document(first, 'lock.json');
    writeFileSync(
      join(other, 'lock.json'),
      JSON.stringify({ ...lock, kitVersion: '0.0.1', host: { ...lock.host, cores: 96 } }),
    );
    const ended = await kit(['replay', 'other'], { cwd });
    expect(RAN, ended.stderr).toContain(ended.code);
    expect(ended.stderr).toMatch(/^differs: kitVersion was 0\.0\.1, is \d/m);
    expect(ended.stderr).toMatch(/^differs: cores was 96, is \d+$/m);
  });

  it.each([
    ['inputs.jsonl', '{"text":"another"}\n', /inputs\.jsonl of run edited is not what was run \(SHA-256 /],
    ['plan.json', null, /plan\.json of run edited was edited after the run began/],
    ['measurements.jsonl', '', /run edited measured nothing to compare with\nnext: .* resume edited/],
    ['lock.json', undefined, /run edited has no lock\.json: nobody knows what to run again/],
  ])('refuses another %s, before it makes a run', async (name, text, message) => {
    const folder = join(cwd, 'edited');
    rmSync(folder, { recursive: true, force: true });
    cpSync(join(runs, first), folder, { recursive: true });
    if (text === undefined) rmSync(join(folder, name));
    else writeFileSync(join(folder, name), text ?? JSON.stringify({ ...document(first, 'plan.json'), safety: 0.5 }));
    const before = readdirSync(runs);
    const ended = await kit(['replay', 'edited'], { cwd });
    expect(ended.code, ended.stdout).toBe(2);
    expect(ended.stderr).toMatch(message);
    expect(readdirSync(runs)).toEqual(before);
  });
});

describe('the folder of a run on another machine, without the account', () => {
  it.each(['local', 'cloud'])('gives the same recommendation and tables to the byte (%s)', async (kind) => {
    const from = kind === 'local' ? join(runs, first) : join(cwd, 'measured-on-aws');
    if (kind === 'cloud') {
      const plan = goodPlan(cloudExperiment({ demand: { requestsPerMinute: 30_000 } }));
      const { configuration } = plan.deployments[0]!;
      writeRunFolder(
        from,
        plan,
        noisyRun({ seed: 1, ratePerSecond: 100, seconds: 60, cv: 0.05, configuration }).measurements,
      );
    }
    const here = (...args: string[]) => kit(args, { cwd });
    const away = realpathSync(mkdtempSync(join(tmpdir(), 'elsewhere-')));
    const bundle = join(away, 'bundle');
    mkdirSync(bundle);
    // What is needed and nothing else: no journal, no lock, no artifacts.
    for (const name of ['plan.json', 'measurements.jsonl', 'skipped.jsonl', 'experiment.yaml'])
      if (existsSync(join(from, name))) cpSync(join(from, name), join(bundle, name));
    const env = {
      HOME: away,
      TZ: 'Pacific/Auckland',
      LANG: 'de_DE.UTF-8',
      AWS_REGION: '',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    };
    const there = (...args: string[]) => kit(args, { cwd: away, env });
    for (const args of [
      ['recommend', '--json'],
      ['report', '--format', 'json'],
      ['report', '--format', 'csv'],
      ['report', '--format', 'md'],
    ]) {
      const [verb, ...options] = args as [string, ...string[]];
      const [a, b] = [await here(verb, from, ...options), await there(verb, bundle, ...options)];
      expect(b.code, b.stderr).toBe(a.code);
      expect(b.stdout).toBe(a.stdout);
      expect(a.stdout.length).toBeGreaterThan(200);
    }
    if (kind === 'local') {
      const written = readFileSync(join(from, 'recommendation.json'), 'utf8');
      expect((await there('recommend', bundle, '--json')).stdout).toBe(written);
    }
    rmSync(away, { recursive: true, force: true });
  });
});
