/** The controller as the image holds it: one file with the SDK inside, and its entry. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LoopbackAws } from '../support/aws/loopback-aws.ts';
import { root } from '../support/cli.ts';

const app = mkdtempSync(join(tmpdir(), 'controller-bundle-'));
let aws: LoopbackAws;
beforeAll(async () => {
  execFileSync(process.execPath, [join(root, 'containers', 'loadgen', 'bundle.mjs'), app], { stdio: 'pipe' });
  aws = await LoopbackAws.start();
});
afterAll(async () => {
  await aws?.close();
  rmSync(app, { recursive: true, force: true });
});

function controller(
  args: string[],
  environment: Record<string, string>,
): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [join(app, 'controller.mjs'), ...args], {
    env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (d: Buffer) => {
    said += d.toString();
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, said })));
}

it.each([[[]], [['run-1']], [['run-1', 'first']], [['run-1', '1', 'more']]])(
  'of %j says how it is used',
  async (args) => {
    expect(await controller(args, {})).toEqual({ code: 2, said: 'usage: controller.mjs RUN NUMBER\n' });
  },
);

it('asks AWS with the SDK that it holds, and says what is missing there', async () => {
  const { code, said } = await controller(['run-1', '1'], aws.environment);
  expect([code, said]).toEqual([1, expect.stringMatching(/InfersweepGuard is not deployed in us-east-1/)]);
  expect(aws.world.calls).toContain('ssm:GetParameters');
});
