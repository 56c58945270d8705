/**
 * A second opinion on the templates, from a tool that shares nothing with CDK: cfn-lint, in an environment that the kit makes.
 * Runs the app from `dist`, so build first.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Environment } from '../../lib/local/environment.ts';
import { root } from '../support/cli.ts';
import { environmentIn, toolLocks } from '../support/environment.ts';

/** What it says of every app and is not so, with the reason. Growth is a decision. */
const falsePositives: Record<string, string> = {
  W3010: 'availability zones come from the context of the app, which is how CDK knows them at synth',
  W3005: 'a dependency that is also implied by a reference: CDK writes both, CloudFormation does not mind',
  E3049: 'takes the dynamic host port of an ECS task for a missing one',
};

/** Its console script; the package cannot be run with `-m`. */
const RUN = 'import sys; from cfnlint.runner.cli import main; sys.exit(main())';

interface Match {
  Rule: { Id: string };
  Message: string;
  Location: { Path: (string | number)[] };
}

const folder = mkdtempSync(join(tmpdir(), 'infersweep-lint-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** null where no package can be installed: that is said, and the test counted as skipped. */
let why = '';
const environment: Environment | null = await environmentIn('cfn-lint', toolLocks).catch((error: Error) => {
  why = error.message;
  return null;
});

function lint({ python, pythonPath }: Environment, templates: string[]): string[] {
  const ran = spawnSync(python, ['-c', RUN, '--format', 'json', '--regions', 'us-east-1', '--', ...templates], {
    encoding: 'utf8',
    timeout: 110_000,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...(pythonPath ? { PYTHONPATH: pythonPath } : {}) },
  });
  // It ends with a bit for each level that it found; 1 and 32 are its own mistakes.
  if (ran.error || ran.stdout.trim() === '') throw new Error(`cfn-lint did not run: ${ran.error ?? ran.stderr}`);
  return (JSON.parse(ran.stdout) as Match[])
    .filter(({ Rule: { Id: id } }) => !(id in falsePositives))
    .map(({ Rule: { Id: id }, Message: message, Location: { Path: path } }) => `${id} ${path.join('/')}: ${message}`);
}

describe('cfn-lint', { timeout: 240_000 }, () => {
  it('has nothing to say of the templates of the app', (context) => {
    if (environment === null) return context.skip(`cfn-lint cannot be installed here: ${why}`);
    const out = join(folder, 'cdk.out');
    const ran = spawnSync(process.execPath, [join(root, 'dist', 'bin', 'app.js')], {
      env: { ...process.env, CDK_OUTDIR: out, CDK_VALIDATION: 'false' },
      encoding: 'utf8',
      timeout: 100_000,
    });
    expect([ran.status, ran.stderr]).toEqual([0, expect.not.stringMatching(/error/i)]);
    const templates = readdirSync(out).filter((name) => name.endsWith('.template.json'));
    expect(templates).not.toEqual([]);
    expect(
      lint(
        environment,
        templates.map((name) => join(out, name)),
      ),
    ).toEqual([]);
  });

  it('would say so', (context) => {
    if (environment === null) return context.skip(`cfn-lint cannot be installed here: ${why}`);
    const template = join(folder, 'wrong.template.json');
    const Properties = { InitialInstanceCount: 1, ExecutionRoleArn: { 'Fn::GetAtt': ['Gone', 'Arn'] } };
    writeFileSync(template, JSON.stringify({ Resources: { Model: { Type: 'AWS::SageMaker::Model', Properties } } }));
    expect(lint(environment, [template])).toEqual([
      expect.stringMatching(/^E1010 Resources\/Model\/.*Gone/),
      expect.stringMatching(/^E3002 Resources\/Model\/.*InitialInstanceCount/),
    ]);
  });
});
