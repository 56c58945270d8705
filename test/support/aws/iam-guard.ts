/** Guard's and Lab's roles on the loopback: who they are there, and what the synthesised templates let them do. */
import type { Template } from 'aws-cdk-lib/assertions';
import { type IamStatement, statementsOfPolicy, statementsOfRole } from '../iam.ts';
import type { Policies } from './iam-enforcement.ts';
import { resolved } from './iam-statements.ts';
import { ledgerTable } from './services/dynamodb.ts';
import { functionArn } from './services/lambda.ts';
import { account, deadlineGroup, region } from './world.ts';

const role = (name: string) => `arn:aws:iam::${account}:role/${name}`;

export const guardArns = {
  createRole: role('guard-create'),
  deleteRole: role('guard-delete'),
  reaperRole: role('guard-reaper'),
  deadlineRole: role('guard-deadlines'),
  reaperFunction: functionArn('guard-reaper'),
  deadLetterQueue: `arn:aws:sqs:${region}:${account}:guard-undelivered`,
  ledgerTable: `arn:aws:dynamodb:${region}:${account}:table/${ledgerTable}`,
};

/** Roles that a lab hands over, and what it runs. */
export const labArns = {
  executionRole: role('infersweep/lab-execution'),
  hostRole: role('infersweep/lab-host'),
  taskRole: role('infersweep/lab-load-task'),
  taskExecutionRole: role('infersweep/lab-load-execution'),
  controllerRole: role('infersweep-controllers/lab-controller'),
  controllerDefinition: `arn:aws:ecs:${region}:${account}:task-definition/lab-controller:1`,
  taskDefinition: `arn:aws:ecs:${region}:${account}:task-definition/lab-load:1`,
  cluster: `arn:aws:ecs:${region}:${account}:cluster/lab`,
  hostLogGroup: `arn:aws:logs:${region}:${account}:log-group:hosts:*`,
  results: 'arn:aws:s3:::results',
  artifacts: 'arn:aws:s3:::artifacts',
};

/** What a template refers to, by the beginnings of its logical ids. */
const GUARD = {
  LedgerTable: guardArns.ledgerTable,
  ReaperFunction: guardArns.reaperFunction,
  ReaperLog: `arn:aws:logs:${region}:${account}:log-group:guard-reaper:*`,
  DeadlinesRole: guardArns.deadlineRole,
  DeadlinesUndelivered: guardArns.deadLetterQueue,
};
const LAB = {
  ExecutionRole: labArns.executionRole,
  HostsRole: labArns.hostRole,
  LoadTaskRole: labArns.taskRole,
  LoadExecutionRole: labArns.taskExecutionRole,
  LoadTask: labArns.taskDefinition,
  LoadCluster: labArns.cluster,
  HostLogs: labArns.hostLogGroup,
  Results: labArns.results,
  'Images:ExportsOutputFnGetAttArtifacts': labArns.artifacts,
  ControllerTaskRole: labArns.controllerRole,
  ControllerTask: labArns.controllerDefinition,
  'Guard:ExportsOutputFnGetAttCreate': guardArns.createRole,
  'Guard:ExportsOutputFnGetAttDelete': guardArns.deleteRole,
};

export function guardPolicies(guard: Template): Policies {
  const [group] = Object.values(guard.findResources('AWS::Scheduler::ScheduleGroup'));
  const of = (logicalId: string): IamStatement[] =>
    resolved(statementsOfRole(guard, logicalId), GUARD, { [group!['Properties'].Name as string]: deadlineGroup });
  return {
    [guardArns.createRole]: of('RolesCreate'),
    [guardArns.deleteRole]: of('RolesDelete'),
    [guardArns.reaperRole]: of('ReaperRole'),
    [guardArns.deadlineRole]: of('DeadlinesRole'),
  };
}

/** Beside its ARN a template names a cluster by what it is called. */
const CALLED = { [`task/${labArns.cluster}/`]: `task/${labArns.cluster.split('/').at(-1)}/` };

/** With what the lab attaches to the role that creates, and what its controller may do itself. */
export function withLab(policies: Policies, lab: Template): Policies {
  const more = resolved(statementsOfPolicy(lab, 'CreatePolicy'), LAB, CALLED);
  return {
    ...policies,
    [guardArns.createRole]: [...(policies[guardArns.createRole] ?? []), ...more],
    [labArns.controllerRole]: ofLabRole(lab, 'ControllerTaskRole'),
  };
}

/** Of a role that stands in the lab's template. */
export function ofLabRole(lab: Template, logicalId: string): IamStatement[] {
  return resolved(statementsOfRole(lab, logicalId), LAB, CALLED);
}
