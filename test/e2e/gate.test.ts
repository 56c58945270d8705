/** `compare --gate` from the command line, over runs on disk. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kit, root } from '../support/cli.ts';
import { cloudExperiment, goodPlan } from '../support/experiments.ts';
import { noisyRun } from '../support/noisy-runs.ts';
import { writeRunFolder } from '../support/written-run.ts';

const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'gate-')));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
const compare = (...args: string[]) => kit(['compare', ...args], { cwd });

beforeAll(() => {
  const plan = goodPlan(cloudExperiment());
  const { configuration } = plan.deployments[0]!;
  const write = (name: string, seed: number, ratePerSecond: number, seconds = 60) =>
    writeRunFolder(
      join(cwd, name),
      plan,
      noisyRun({ seed, ratePerSecond, seconds, cv: 0.04, rho: 0.5, latencyMs: 20, configuration }).measurements,
    );
  write('base', 1, 100);
  write('again', 2, 100);
  write('slower', 3, 90);
  write('short', 4, 96, 4);
});

describe('compare --gate', () => {
  it('ends with 5 when head is proven worse, and prints one comment', async () => {
    const ended = await compare('base', 'slower', '--gate', 'usdPerMillion=+5%@95', '--gate', 'throughput=-5%@95');
    expect(ended.code, ended.stderr).toBe(5);
    expect(ended.stderr).toBe('');
    expect(ended.stdout).toMatch(/^### infersweep gate: regression of usdPerMillion, throughput\n/);
    expect(ended.stdout).toMatch(
      /^\| usdPerMillion \| [\d.]+ USD \| [\d.]+ USD \| \+\d+\.\d % \(.*\| \*\*regression\*\* \|$/m,
    );
  });

  it('ends with 0 on a tie, and when it is undecided says what would decide', async () => {
    const tie = await compare('base', 'again', '--gate', 'usdPerMillion=+5%@95', '--json');
    expect(tie.code, tie.stderr).toBe(0);
    expect(JSON.parse(tie.stdout)).toMatchObject({
      schema: 'infersweep.gate.v1',
      passed: true,
      rows: [{ verdict: 'tie' }],
    });
    const open = await compare('base', 'short', '--gate', 'usdPerMillion=+5%@95');
    expect(open.code, open.stderr).toBe(0);
    expect(open.stdout).toMatch(/usdPerMillion is undecided: about \d+ windows a side would decide \(now 4\)/);
  });

  it('holds published figures, which decide nothing', async () => {
    const sweep = join(root, 'examples', 'triton-instance-sweep');
    const ended = await compare(sweep, sweep, '--gate', 'usdPerMillion=+5%');
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout).toContain('single figures carry no spread');
  });

  it.each([
    [['base', 'again', '--gate', 'usdPerMillion=5'], /"usdPerMillion=5" is no gate: expected METRIC=±N%@CONFIDENCE/],
    [
      ['base', 'again', '--gate', 'throughput=-5%', '--configuration', 'nope'],
      /base has no configuration nope; it has /,
    ],
    [['base', 'again', '--configuration', 'x'], /--configuration goes with --gate\nnext: .*--gate throughput/],
    [['base', 'nowhere', '--gate', 'throughput=-5%'], /there is no run "nowhere"/],
  ])('%j is refused', async (args, message) => {
    const ended = await compare(...args);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(message);
    expect(ended.stdout).toBe('');
  });
});
