/** What a deployed Guard and Lab publish, for tests that need one that is whole. */
import type { Guard } from '../../lib/core/catalog/guard.ts';
import type { Lab } from '../../lib/core/catalog/lab.ts';

const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:123456789012:${rest}`;

export function guardDocument(instanceTypes: string[]): Guard {
  return {
    schema: 'infersweep.guard.v1',
    createRole: arn('iam', 'role/create'),
    deleteRole: arn('iam', 'role/delete'),
    ledgerTable: 'ledger',
    reaperFunction: 'reaper',
    deadlineGroup: 'guard-deadlines',
    deadlineRole: arn('iam', 'role/deadline'),
    deadlineQueue: arn('sqs', 'deadline'),
    alarmTopic: arn('sns', 'alarms'),
    instanceTypes,
  };
}

export function labDocument(): Lab {
  const template = { id: 'lt-1', version: '1', maximumTtlMinutes: 120 };
  return {
    schema: 'infersweep.lab.v1',
    resultsBucket: 'results',
    artifactsBucket: 'artifacts',
    executionRole: arn('iam', 'role/infersweep/trial'),
    loadTask: {
      cluster: arn('ecs', 'cluster/lab'),
      definition: arn('ecs', 'task-definition/load:1'),
      container: 'load',
      securityGroup: 'sg-1',
      assignPublicIp: 'ENABLED',
      vcpu: 4,
      memoryGib: 8,
      architecture: 'arm64',
    },
    controllerTask: {
      definition: arn('ecs', 'task-definition/controller:1'),
      container: 'controller',
      securityGroup: 'sg-2',
      vcpu: 0.5,
      memoryGib: 1,
      architecture: 'arm64',
    },
    sweep: { start: arn('lambda', 'function:sweep:1'), group: arn('lambda', 'function:group:1') },
    subnets: ['subnet-1'],
    hostLogGroup: 'hosts',
    launchTemplates: { c7g: template, g4dn: template, inf1: template },
  };
}
