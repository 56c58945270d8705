/** Services that cost nothing until they are used. */

import { always } from '../charge.ts';
import { numberOf } from '../resolve.ts';
import { isPlain } from '../template.ts';
import { free, listOf, type Pricer, standing, unknown, usage } from './pricer.ts';

export const lambdaFunction: Pricer = (view) => {
  const arm = listOf(view.properties['Architectures']).includes('arm64');
  const durable = view.properties['DurableConfig'] !== undefined;
  return [
    usage(view, 'lambda-requests'),
    usage(view, arm ? 'lambda-arm64' : 'lambda-x86_64'),
    ...(durable ? [usage(view, 'durable-operations')] : []),
  ];
};

/** A version or an alias. */
export const lambdaVersion: Pricer = ({ properties }) =>
  properties['ProvisionedConcurrencyConfig'] === undefined
    ? [free('part of its function')]
    : [unknown('provisioned concurrency: no sourced price is known')];

export const parameter: Pricer = ({ properties }) => {
  const tier = properties['Tier'] ?? 'Standard';
  if (tier === 'Standard') return [free('a standard parameter is not charged')];
  return [unknown(`a parameter of tier ${tier}: no sourced price is known`)];
};

export const table: Pricer = (view) => {
  const { properties: p } = view;
  const recovery = isPlain(p['PointInTimeRecoverySpecification'])
    ? p['PointInTimeRecoverySpecification']['PointInTimeRecoveryEnabled'] === true
    : JSON.stringify(p['Replicas'] ?? []).includes('"PointInTimeRecoveryEnabled":true');
  const stored = [usage(view, 'dynamodb-stored'), ...(recovery ? [usage(view, 'dynamodb-recovery')] : [])];
  if (p['BillingMode'] === 'PAY_PER_REQUEST')
    return [usage(view, 'dynamodb-write'), usage(view, 'dynamodb-read'), ...stored];
  const throughput = isPlain(p['ProvisionedThroughput']) ? p['ProvisionedThroughput'] : {};
  const capacity = (kind: 'Read' | 'Write') => always(numberOf(throughput[`${kind}CapacityUnits`]));
  return [
    standing(view, 'dynamodb-write-capacity', 'write capacity', capacity('Write')),
    standing(view, 'dynamodb-read-capacity', 'read capacity', capacity('Read')),
    ...stored,
  ];
};

export const bucket: Pricer = (view) => ['s3-stored', 's3-write', 's3-read'].map((id) => usage(view, id));

/** `BUILD_GENERAL1_SMALL` on `LINUX_CONTAINER` is `general1.small`; ARM has prices of its own. */
export const buildProject: Pricer = (view) => {
  const environment = isPlain(view.properties['Environment']) ? view.properties['Environment'] : {};
  const size = String(environment['ComputeType']).replace('BUILD_', '').replace('_', '.').toLowerCase();
  const arm = String(environment['Type']).startsWith('ARM');
  return [usage(view, `codebuild-${arm ? size.replace('general', 'arm') : size}`)];
};

export const repository: Pricer = (view) => [usage(view, 'ecr-stored')];
export const queue: Pricer = (view) => [usage(view, 'sqs-requests')];
export const topic: Pricer = (view) => [usage(view, 'sns-requests')];
export const schedule: Pricer = (view) => [usage(view, 'scheduler-invocations')];
export const eventBus: Pricer = (view) => [usage(view, 'custom-events')];
export const key: Pricer = (view) => [standing(view, 'kms-key', 'key'), usage(view, 'kms-requests')];

export const budget: Pricer = (view) => [standing(view, 'budget', 'budget that only notifies')];
export const budgetAction: Pricer = (view) => {
  const charge = standing(view, 'budget-action', 'budget with an action');
  return [{ ...charge, note: "the account's first 62 budget-days of a month are free" } as typeof charge];
};
