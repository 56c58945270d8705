/** `infersweep cost` on what the app of this package synthesises. Runs from `dist`, so build first. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AssemblyCost } from '../../lib/core/cost/price-assembly.ts';
import { kit, root } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'infersweep-cost-'));
const out = join(folder, 'cdk.out');
beforeAll(() => {
  const ran = spawnSync(process.execPath, [join(root, 'dist', 'bin', 'app.js')], {
    cwd: folder,
    env: { ...process.env, CDK_OUTDIR: out, CDK_VALIDATION: 'false' },
    encoding: 'utf8',
    timeout: 100_000,
  });
  expect([ran.status, ran.stderr]).toEqual([0, expect.not.stringMatching(/error/i)]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cost = (...args: string[]) => kit(['cost', ...args], { cwd: folder });

describe('cost', () => {
  it('finds the assembly, and prices the fleet of the recommendation as the recommendation does', async () => {
    const { code, stdout, stderr } = await cost('--region', 'us-east-1', '--json');
    expect([code, stderr]).toEqual([0, '']);
    const document = JSON.parse(stdout) as AssemblyCost;
    const stack = document.stacks.find(({ name }) => name === 'InfersweepProduction-triton-instance-sweep')!;
    const fleet = stack.rows.find(({ type }) => type === 'AWS::SageMaker::Endpoint')!;
    // 31.02 USD/h at the target (source 002); 17 and 49 instances at its bounds.
    expect(fleet.activeUsdPerMonth).toBeCloseTo(31.02 * 730, 6);
    expect(fleet.idleUsdPerMonth).toBeCloseTo(17 * 0.94 * 730, 6);
    expect(fleet.maxUsdPerMonth).toBeCloseTo(49 * 0.94 * 730, 6);
    expect(fleet.tags['infersweep:experiment']).toBe('triton-instance-sweep');
  });

  it('shows a person the same, with the hours that were asked for', async () => {
    const { stdout } = await cost(out, '--region', 'us-east-1', '--hours-active', '73');
    // A terminal of 24 lines, less the prompt, holds all of it.
    expect(stdout.trimEnd().split('\n').length).toBeLessThan(24);
    expect(stdout).toMatch(/17\.\.49 x ml\.g4dn\.2xlarge +11665\.40 +12763\.32 +33623\.80/);
    expect(stdout).toMatch(/17\.\.49 x .* storage not included/);
    expect(stdout).toContain('active with 73 hours of work');
    expect(stdout).toMatch(/Prices read 20\d\d-\d\d-\d\d/);
  });

  it('prices nothing without a region, and says how to name one', async () => {
    const { code, stdout, stderr } = await cost(out);
    expect(code).toBe(0);
    expect(stdout).toMatch(/unknown: \d+ rows have no price \(no region is set/);
    expect(stdout).toMatch(/all stacks +> 0\.00/);
    expect((await cost(out, '--rows')).stdout).toMatch(/unknown {2}.*ml\.g4dn\.2xlarge, no region is set/);
    expect(stderr).toContain('add --region us-east-1');
  });

  it.each<[string, string[], RegExp]>([
    ['a folder without an assembly', ['.'], /no cloud assembly in \.: no manifest\.json\nnext: npx cdk synth/],
    ['an impossible month', [out, '--hours-active', '731'], /must be 0 to 730/],
    ['half a row', [out, '--top', '1.5'], /must be a whole number/],
    ['a region that is none', [out, '--region', 'Virginia'], /must be a region such as us-east-1/],
  ])('refuses %s', async (_, args, message) => {
    const { code, stdout, stderr } = await cost(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  it('refuses a broken manifest', async () => {
    writeFileSync(join(folder, 'manifest.json'), '{');
    const { code, stderr } = await cost('.');
    rmSync(join(folder, 'manifest.json'));
    expect(code).toBe(2);
    expect(stderr).toMatch(/cannot read manifest\.json: /);
  });
});
