// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is looked for are templates of the sources.
/**
 * Faults seeded into what guards, one at a time, in a copy of the sources: every condition that confines a role, and every
 * rule of the reaper, must turn some test red when it is taken away.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../support/cli.ts';

/** Fault, file below lib/, what it is, what it becomes, whose tests must notice. */
type Mutant = [fault: string, file: string, from: string, to: string, tests: string];

const ROLES = 'test/constructs/run-roles';
const REAP = 'test/engine/reap';
const AWS = 'test/aws/aws-inventory';
const create = 'constructs/create-rights.ts';
const remove = 'constructs/delete-rights.ts';
const hosting = 'aws/reap/sagemaker-kinds.ts';

const mutants: Mutant[] = [
  ['no expiry asked for', create, ", [`aws:RequestTag/${tagKeys.expiresAt}`]: 'false' }", ' }', ROLES],
  ['no run asked for', create, "[`aws:RequestTag/${tagKeys.run}`]: 'false', ", '', ROLES],
  [
    'endpoints without tags',
    create,
    'resources: [model, config, endpoint],\n      conditions: TAGGED,',
    'resources: [model, config, endpoint],',
    ROLES,
  ],
  [
    'any instance type at SageMaker',
    create,
    "'ForAllValues:StringEquals': { 'sagemaker:InstanceTypes': types },",
    '',
    ROLES,
  ],
  ['no instance type at SageMaker', create, ", 'sagemaker:InstanceTypes': 'false' }", ' }', ROLES],
  ['any instance type at EC2', create, "'ec2:InstanceType': types, ", '', ROLES],
  ['metadata without a token', create, ", 'ec2:MetadataHttpTokens': 'required'", '', ROLES],
  [
    'volumes without tags',
    create,
    "resources: ec2Arns(scope, 'volume'),\n      conditions: TAGGED,",
    "resources: ec2Arns(scope, 'volume'),",
    ROLES,
  ],
  ['tasks without tags', create, 'resources: [definitions], conditions: TAGGED', 'resources: [definitions]', ROLES],
  [
    'tags on any endpoint',
    create,
    "StringEquals: { 'sagemaker:TaggingAction': ['CreateModel', 'CreateEndpointConfig', 'CreateEndpoint'] },",
    '',
    ROLES,
  ],
  ['tags on any instance', create, "conditions: { StringEquals: { 'ec2:CreateAction': 'RunInstances' } },", '', ROLES],
  ['tags on any task', create, "conditions: { StringEquals: { 'ecs:CreateAction': 'RunTask' } },", '', ROLES],
  [
    'the deadline role for anybody',
    create,
    "conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },",
    '',
    ROLES,
  ],
  [
    'execution roles for anybody',
    create,
    "'iam:PassedToService': ['ec2.amazonaws.com', 'ecs-tasks.amazonaws.com', 'sagemaker.amazonaws.com'],",
    '',
    ROLES,
  ],
  ['any role passed on', create, 'resourceName: `${rights.executionRolePath.slice(1)}*`', "resourceName: '*'", ROLES],
  [
    'any endpoint deleted',
    remove,
    'resources: hostingArns(scope),\n      conditions: OURS,',
    'resources: hostingArns(scope),',
    ROLES,
  ],
  [
    'any instance terminated',
    remove,
    "resources: ec2Arns(scope, 'instance'),\n      conditions: OURS,",
    "resources: ec2Arns(scope, 'instance'),",
    ROLES,
  ],
  [
    'any task stopped',
    remove,
    'resources: taskArns(scope),\n      conditions: OURS,',
    'resources: taskArns(scope),',
    ROLES,
  ],
  ['any schedule deleted', 'constructs/arns.ts', '`${group}/*`', "'*'", ROLES],
  [
    'unreadable tags skipped',
    'engine/doom.ts',
    'if (tags === null) return {',
    'if (tags === null) return KEPT; else if (tags === null) return {',
    REAP,
  ],
  [
    'a configuration below an unreadable endpoint',
    'engine/doom.ts',
    'if (!other.tags || !resource.tags) return true;',
    'if (!other.tags || !resource.tags) return false;',
    REAP,
  ],
  [
    'a failed listing taken for an empty one',
    'engine/doom.ts',
    'return unseen ? `${unseen.source}, which failed` : null',
    'return null',
    REAP,
  ],
  ['a model before its configuration', 'engine/doom.ts', "model: ['endpoint', 'endpoint-config'],", '', REAP],
  ['absence that nobody saw', 'engine/reap.ts', 'if (!blind) report', 'if (blind || !blind) report', REAP],
  ['lateness that nobody hears of', 'engine/reap-report.ts', '> OVERDUE_SECONDS', '> Number.POSITIVE_INFINITY', REAP],
  ['every ValidationException is absence', hosting, ' && /^Could not find /.test(error.message)', '', AWS],
  ['names that only contain the prefix', hosting, 'if (one.name.startsWith(namePrefix)) seen', 'seen', AWS],
  [
    'tasks that are stopping, forgotten',
    'aws/reap/tasks.ts',
    "['RUNNING', 'STOPPED'] as const",
    "['RUNNING'] as const",
    AWS,
  ],
];

let copy: string;
beforeAll(() => {
  copy = realpathSync(mkdtempSync(join(tmpdir(), 'mutants-')));
  const configuration = ['package.json', 'tsconfig.json', 'tsconfig.base.json', 'vitest.config.ts'];
  for (const name of ['lib', 'bin', 'lambda', 'bench', 'test', ...configuration]) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

function passes(...tests: string[]): boolean {
  const args = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'unit', '--bail', '1', ...tests];
  const { status, stdout } = spawnSync(process.execPath, args, {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, INFERSWEEP_RESULTS: '' },
  });
  // A fault that keeps the tests from starting proves nothing.
  expect(stdout).toMatch(/Tests .*\d+ (passed|failed)/);
  return status === 0;
}

describe('the guard', () => {
  it('is green as it is', () => {
    expect(passes(ROLES, REAP, AWS)).toBe(true);
  });

  it.each(mutants)('with %s turns red', (_, file, from, to, tests) => {
    const path = join(copy, 'lib', file);
    const text = readFileSync(path, 'utf8');
    expect(text.split(from), 'the mutant must apply exactly once').toHaveLength(2);
    writeFileSync(
      path,
      text.replace(from, () => to),
    );
    try {
      expect(passes(tests)).toBe(false);
    } finally {
      writeFileSync(path, text);
    }
  });
});
