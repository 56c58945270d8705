/**
 * A second opinion on the templates, from a tool that shares nothing with CDK: cfn-lint, in an environment that the kit makes.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Environment } from '../../lib/local/environment.ts';
import { familyCases, networkCases, winners } from '../support/app-cases.ts';
import { appOf } from '../support/app-stacks.ts';
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
    timeout: 240_000,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...(pythonPath ? { PYTHONPATH: pythonPath } : {}) },
  });
  // It ends with a bit for each level that it found; 1 and 32 are its own mistakes.
  if (ran.error || ran.stdout.trim() === '') throw new Error(`cfn-lint did not run: ${ran.error ?? ran.stderr}`);
  return (JSON.parse(ran.stdout) as Match[])
    .filter(({ Rule: { Id: id } }) => !(id in falsePositives))
    .map(({ Rule: { Id: id }, Message: message, Location: { Path: path } }) => `${id} ${path.join('/')}: ${message}`);
}

/** A copy whose name says which case it is of. */
function copied(template: string, name: string): string {
  const file = join(folder, `${name.replaceAll(' ', '-')}.${basename(template)}`);
  copyFileSync(template, file);
  return file;
}

describe('cfn-lint', { timeout: 400_000 }, () => {
  it('has nothing to say of any stack, for the winner of each example, each family and each network', async (context) => {
    if (environment === null) return context.skip(`cfn-lint cannot be installed here: ${why}`);
    const made = new Map<string, string>();
    for (const { name, context: given } of [...winners, ...familyCases, ...networkCases]) {
      const app = await appOf(given);
      for (const stack of app.synth().stacks) {
        // What the context does not change comes out the same again.
        const digest = createHash('sha256').update(readFileSync(stack.templateFullPath)).digest('hex');
        if (!made.has(digest)) made.set(digest, copied(stack.templateFullPath, name));
      }
    }
    const stacks = [...made.values()].map((file) => /Infersweep([A-Z][a-z]+)/.exec(file)![1]!);
    const times = (stack: string) => stacks.filter((name) => name === stack).length;
    expect([...new Set(stacks)].sort()).toEqual(['Comparison', 'Guard', 'Images', 'Lab', 'Production']);
    expect(times('Production')).toBe(winners.length + familyCases.length);
    expect(times('Images')).toBe(networkCases.length);
    expect(lint(environment, [...made.values()])).toEqual([]);
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
