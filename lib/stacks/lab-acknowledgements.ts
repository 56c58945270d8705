/** What AwsSolutions finds in the lab stack and what stays, by construct below the stack. */

const ours = 'arn:<AWS::Partition>:ecr:<AWS::Region>:<AWS::AccountId>:repository/infersweep/*';
const iam5 = (resource: string, at: string, reason: string) => ({
  id: `AwsSolutions-IAM5[Resource::${resource}]`,
  at: `${at}/DefaultPolicy`,
  reason,
});

const readsImages = (at: string) =>
  iam5(
    'arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter/infersweep/images/*',
    at,
    'Reads which digest each image of the kit has, and where models are prepared; nothing else stands below it.',
  );

const functions = {
  Group: '<SweepGroupFunction2930AF0E.Arn>:*',
  Shard: '<SweepShardFunctionF596F505.Arn>:*',
  Sweep: '<SweepFunction730BC722.Arn>:*',
} as const;

/** Of the durable functions. */
const sweep = [
  ...(['Group', 'Shard', 'Sweep'] as const).map((name) => ({
    id: `AwsSolutions-IAM5[Resource::${functions[name]}]`,
    at: `Sweep/${name}/KeepState`,
    reason: 'An execution keeps its state under the version that it runs on, which has no number yet.',
  })),
  ...(
    [
      ['Group', 'Shard'],
      ['Group', 'Sweep'],
      ['Shard', 'Sweep'],
    ] as const
  ).map(([called, caller]) =>
    iam5(
      functions[called],
      `Sweep/${caller}/Role`,
      'A running caller goes on calling the version that it began with, after a newer one was deployed.',
    ),
  ),
  ...(['Group', 'Shard', 'Sweep'] as const).map((name) => readsImages(`Sweep/${name}/Role`)),
];

const controller = readsImages('Controller/TaskRole');

/**
 * @param imagesStackName of the stack whose artifacts bucket the lab reads
 * @param ownNetwork whether the lab made its network itself
 * @param has which carriers of sweeps it has
 */
export function labAcknowledgements(
  imagesStackName: string,
  ownNetwork = false,
  has: { durable?: boolean; controller?: boolean } = {},
) {
  const artifacts = `${imagesStackName}:ExportsOutputFnGetAttArtifacts82DD59A1Arn3B515032/artifacts/*`;
  const endpointLogs =
    'arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:/aws/sagemaker/Endpoints/infersweep-*';
  const login = 'ecr:GetAuthorizationToken knows no resources.';
  const prefix = 'Objects below one prefix; their keys hold the id of a run or the hash of what is prepared.';
  const pull = 'A trial pulls any image of the kit, and no other repository is so named.';
  return [
    {
      id: 'AwsSolutions-S1',
      at: 'Results',
      reason:
        'Access logs would fill a second bucket with the traffic of load tests; CloudTrail data events say who read what.',
    },
    iam5('*', 'Hosts/Role', login),
    iam5(ours, 'Hosts/Role', pull),
    iam5('<Results25575328.Arn>/hosts/*', 'Hosts/Role', prefix),
    iam5(artifacts, 'Hosts/Role', prefix),
    {
      id: 'AwsSolutions-ECS4',
      at: 'Load/Cluster',
      reason: 'Container Insights is billed by the metric; a load generator reports its own CPU with every result.',
    },
    {
      id: 'AwsSolutions-ECS2',
      at: 'Load/Task',
      reason: 'The environment holds the name of a bucket and of a prefix, no secret.',
    },
    iam5('*', 'Load/ExecutionRole', login),
    iam5('<Results25575328.Arn>/load/*', 'Load/TaskRole', prefix),
    iam5(
      'arn:<AWS::Partition>:sagemaker:<AWS::Region>:<AWS::AccountId>:endpoint/infersweep-*',
      'Load/TaskRole',
      'Endpoints of trials get their names later; a condition demands the tag of a run as well.',
    ),
    iam5(
      '*',
      'ExecutionRole',
      `${login} cloudwatch:PutMetricData neither; it is bound to its namespace by a condition.`,
    ),
    iam5(ours, 'ExecutionRole', pull),
    iam5(artifacts, 'ExecutionRole', prefix),
    iam5(
      'arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:/aws/sagemaker/Endpoints/*',
      'ExecutionRole',
      'SageMaker names the log group after the endpoint, which a trial names later.',
    ),
    {
      id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:task/<LoadClusterC01D6854>/*]',
      at: 'CreatePolicy',
      reason:
        'A task has no id before it runs; the right is to tag it in that moment, in one cluster, as part of a run.',
    },
    ...[...['runs', 'hosts', 'load'].map((folder) => `<Results25575328.Arn>/${folder}/*`), artifacts].map(
      (resource) => ({
        id: `AwsSolutions-IAM5[Resource::${resource}]`,
        at: 'CreatePolicy',
        reason: prefix,
      }),
    ),
    {
      id: `AwsSolutions-IAM5[Resource::${endpointLogs}]`,
      at: 'CreatePolicy',
      reason: 'SageMaker names a log group after its endpoint, which a trial names later, with this beginning.',
    },
    ...(has.durable === false ? [] : sweep),
    ...(has.controller === false ? [] : [controller]),
    ...(ownNetwork
      ? [
          {
            id: 'AwsSolutions-VPC7',
            at: 'Network/Vpc',
            reason: 'Off by default, for load tests make many; flowLogs: true switches them on.',
          },
        ]
      : []),
  ];
}
