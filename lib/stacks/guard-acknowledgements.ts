/** What the policies find in the guard stack and what stays, each with its reason. */
import type { GuardStack } from './guard-stack.ts';

const REAPER = 'Reaper/Role/DefaultPolicy';
const CREATE = 'Roles/Create/DefaultPolicy';
const DELETE = 'Roles/Delete/DefaultPolicy';

/** `id` as cdk-nag prints it, `at` the construct below the stack. */
export function guardAcknowledgements(stack: GuardStack): { id: string; at: string; reason: string }[] {
  const arn = (service: string, resource: string, account = '<AWS::AccountId>') =>
    `arn:<AWS::Partition>:${service}:<AWS::Region>:${account}:${resource}`;
  const wildcards = (at: readonly string[], resources: readonly string[], reason: string) =>
    at.flatMap((one) =>
      resources.map((resource) => ({ id: `AwsSolutions-IAM5[Resource::${resource}]`, at: one, reason })),
    );
  const hosting = (name: string) =>
    ['model', 'endpoint-config', 'endpoint'].map((kind) => arn('sagemaker', `${kind}/${name}`));
  const everyone = [REAPER, CREATE, DELETE];
  return [
    ...wildcards(everyone, ['*'], 'Listings know no resource; the metrics of the reaper are bound to their namespace.'),
    ...wildcards(
      everyone,
      hosting('*'),
      'Reading only: what a run made is to be found even when its name is not as expected.',
    ),
    ...wildcards(
      everyone,
      [...hosting('infersweep-*'), arn('ec2', 'instance/*'), arn('ecs', 'task/*')],
      'Names are made up during a run. A condition binds creation to the tags in the request, deletion to those of the resource.',
    ),
    ...wildcards(
      everyone,
      [arn('scheduler', `schedule/${stack.resolve(stack.deadlineGroupName)}/*`)],
      "The group is the guard's own; deadlines in it are named during a run, and cannot carry tags.",
    ),
    ...wildcards([CREATE], [arn('ec2', 'volume/*')], 'Bound to the tags in the request.'),
    ...wildcards(
      [CREATE],
      [
        arn('ec2', 'image/*', ''),
        ...['launch-template', 'network-interface', 'security-group', 'spot-instances-request', 'subnet'].map((kind) =>
          arn('ec2', `${kind}/*`),
        ),
      ],
      'What a launch refers to; the instance itself is bound to its tags, its type and its metadata options.',
    ),
    {
      id: 'AwsSolutions-SQS3',
      at: 'Deadlines/Undelivered',
      reason: 'It is the dead-letter queue, of schedules that runs make.',
    },
  ];
}
