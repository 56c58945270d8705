/** `simulate` from the command line: a published source, a trace of the user's own, and what is wrong with either. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recommendationSchema } from '../../lib/core/recommend/recommendation.ts';
import { kit, root } from '../support/cli.ts';

const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'simulate-')));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
const sweep = join(root, 'examples', 'triton-instance-sweep');
const run = (...args: string[]) => kit(['simulate', ...args], { cwd });

beforeAll(() => {
  // Three hours between 15,000 and 40,000 a minute.
  const minutes = Array.from({ length: 180 }, (_, m) => 15_000 + Math.round(25_000 * Math.sin((Math.PI * m) / 180)));
  writeFileSync(join(cwd, 'day.csv'), ['minute,requests', ...minutes.map((n, m) => `${m},${n}`)].join('\n'));
  writeFileSync(join(cwd, 'wrong.csv'), 'minute,requests\n0,1200\n1,many\n1,5\n');
});

describe('simulate', () => {
  it('finds values that a recommendation may hold, the same at every run', async () => {
    const ended = await run(sweep, '--trace', 'day.csv', '--seeds', '8', '--lose', 'ml.g4dn.2xlarge', '--json');
    expect(ended.code, ended.stderr).toBe(0);
    const found = JSON.parse(ended.stdout);
    expect(recommendationSchema.shape.scaling.parse(found.scaling)).toEqual(found.scaling);
    expect(found).toMatchObject({
      schema: 'infersweep.simulation.v1',
      configuration: 'trt-db@sagemaker/ml.g4dn.2xlarge',
      trace: { name: 'day.csv', minutes: 180 },
      goalMissShare: 0.05,
      startSource: 'assumed',
      study: { planned: { values: { targetValue: 934.5 } }, picked: { meets: true } },
    });
    expect(found.lost.outcomes.map((o: { instead: string | null }) => o.instead)).toEqual([null, 'ml.g4dn.12xlarge']);
    expect(found.lost.outcomes[0].bracket.proportional.refusedScaleOuts.p50).toBeGreaterThan(0);
    const again = await run(sweep, '--trace', 'day.csv', '--seeds', '8', '--lose', 'ml.g4dn.2xlarge', '--json');
    expect(again.stdout).toBe(ended.stdout);
  });

  it('prints the answer first, then its doubts, then every policy', async () => {
    const ended = await run(sweep, '--trace', 'day.csv', '--seeds', '5');
    expect(ended.code, ended.stderr).toBe(0);
    const lines = ended.stdout.split('\n');
    expect(lines[0]).toMatch(/^\d+ to \d+ instances at [\d.]+ requests per minute each serves day\.csv \(180 minutes/);
    expect(ended.stdout).toContain('note: figures lie between two rules of scale-in: AWS publishes none');
    for (const policy of ['planned', 'picked', 'static', 'by the hour'])
      expect(ended.stdout).toMatch(new RegExp(`^${policy} `, 'm'));
  });

  it('ends with 5 where no policy is fast enough, and says what would be', async () => {
    const ended = await run(sweep, '--trace', 'bursts-90s', '--seeds', '5');
    expect(ended.code).toBe(5);
    expect(ended.stdout).toMatch(/^No policy serves bursts-90s .*Keep \d+ instances, or queue or shed/);
  });

  it.each([
    [[sweep, '--trace', 'wrong.csv'], /wrong\.csv:3:3: requests is "many", must be a number/],
    [[sweep, '--trace', 'wrong.csv'], /next: write one line a minute below minute,requests/],
    [[sweep, '--trace', 'diurnl'], /no such shape; did you mean diurnal\?/],
    [[sweep, '--lose', 'ml.p3.2xlarge'], /the fleet has no such instance, it is made of ml\.g4dn\.2xlarge/],
    [[sweep, '--seeds', '0'], /must be from 1 to 10000/],
    [['nowhere'], /there is no run "nowhere"/],
  ])('answers %j with what is wrong and what to do', async (args, message) => {
    const ended = await run(...args);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(message);
    expect(ended.stdout).toBe('');
  });
});
