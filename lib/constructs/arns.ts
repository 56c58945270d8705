import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { namePrefix } from '../core/plan/tags.ts';

/** What the kit names by itself at SageMaker, and nothing else. */
export function hostingArns(scope: Construct): string[] {
  return ['model', 'endpoint-config', 'endpoint'].map((resource) =>
    Stack.of(scope).formatArn({ service: 'sagemaker', resource, resourceName: `${namePrefix}*` }),
  );
}

export function ec2Arns(scope: Construct, ...kinds: string[]): string[] {
  return kinds.map((resource) =>
    Stack.of(scope).formatArn({
      service: 'ec2',
      resource,
      resourceName: '*',
      // Public images belong to no account.
      ...(resource === 'image' ? { account: '' } : {}),
    }),
  );
}

export function taskArns(scope: Construct): string[] {
  return [Stack.of(scope).formatArn({ service: 'ecs', resource: 'task', resourceName: '*' })];
}

export function scheduleArns(scope: Construct, group: string): string[] {
  return [Stack.of(scope).formatArn({ service: 'scheduler', resource: 'schedule', resourceName: `${group}/*` })];
}
