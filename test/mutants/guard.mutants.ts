// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is looked for are templates of the sources.
/**
 * Faults seeded into what guards, one at a time, in a copy of the sources: every condition that confines a role, and every
 * rule of the reaper, must turn some test red when it is taken away.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SeededSources } from '../support/seeded-faults.ts';

/** Fault, file below lib/, what it is, what it becomes, whose tests must notice. */
type Mutant = [fault: string, file: string, from: string, to: string, tests: string];

const ROLES = 'test/constructs/run-roles';
const LAB = 'test/stacks/lab-stack';
const REAP = 'test/engine/reap';
const AWS = 'test/aws/aws-inventory';
const create = 'constructs/create-rights.ts';
const task = 'constructs/start-task.ts';
const remove = 'constructs/delete-rights.ts';
const hosting = 'aws/reap/sagemaker-kinds.ts';

const KEPT_LISTING =
  "    resourceArns: [bucket.bucketArn],\n    conditions: { StringLike: { 's3:prefix': keys } },\n  });\n  bucket.encryptionKey?.grantEncryptDecrypt";

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
  [
    'tags on any endpoint',
    create,
    "StringEquals: { 'sagemaker:TaggingAction': ['CreateModel', 'CreateEndpointConfig', 'CreateEndpoint'] },",
    '',
    ROLES,
  ],
  ['tags on any instance', create, "conditions: { StringEquals: { 'ec2:CreateAction': 'RunInstances' } },", '', ROLES],
  [
    'the deadline role for anybody',
    create,
    "conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },",
    '',
    ROLES,
  ],
  ['any task, in any cluster', task, "ArnEquals: { 'ecs:cluster': cluster.clusterArn }, ", '', LAB],
  ['tasks without an expiry', task, ", [`aws:RequestTag/${tagKeys.expiresAt}`]: 'false' }", ' }', LAB],
  ['tags on any task', task, "StringEquals: { 'ecs:CreateAction': 'RunTask' }, ", '', LAB],
  [
    'roles of a stack for any service',
    'constructs/pass-role.ts',
    "conditions: { StringEquals: { 'iam:PassedToService': service } },",
    '',
    LAB,
  ],
  [
    'any listing of a bucket',
    'constructs/bucket-prefix.ts',
    KEPT_LISTING,
    '    resourceArns: [bucket.bucketArn],\n  });\n  bucket.encryptionKey?.grantEncryptDecrypt',
    LAB,
  ],
  ["anybody's log of an endpoint", 'constructs/read-logs.ts', '${namePrefix}*', '*', LAB],
  ['any role that controls', 'constructs/run-roles.ts', "ArnLike: { 'aws:PrincipalArn': roles }", '', ROLES],
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

let sources: SeededSources;
beforeAll(() => {
  // Lab's functions and hosts are made of the linked folders.
  sources = new SeededSources('unit', ['dist', 'containers']);
});
afterAll(() => sources.remove());

describe('the guard', () => {
  it('is green as it is', () => {
    expect(sources.passes(ROLES, LAB, REAP, AWS)).toBe(true);
  });

  it.each(mutants)('with %s turns red', (_, file, from, to, tests) => {
    expect(sources.passesWith([[file, from, to]], tests)).toBe(false);
  });
});
