/** What AwsSolutions finds in the images stack and what stays, by construct below the stack. */

const login = 'AwsSolutions-IAM5[Resource::*]';
const loginReason = 'ecr:GetAuthorizationToken knows no resources.';

/**
 * @param images names of the images that are built
 * @param preparations whether there are hosts and a network of the stack's own for them
 */
export function imagesAcknowledgements(images: readonly string[], preparations = true) {
  return [
    {
      id: 'AwsSolutions-S1',
      at: 'Artifacts',
      reason:
        'Access logs would fill a second bucket; CloudTrail data events say who read what, where that is asked for.',
    },
    ...images.flatMap((image) => [
      { id: login, at: `${image}/Role/DefaultPolicy`, reason: loginReason },
      {
        id: 'AwsSolutions-CB4',
        at: `${image}/Project`,
        reason:
          'A build leaves no artifact but the image, which ECR encrypts; encryptionKey names a key where one must be.',
      },
    ]),
    ...(preparations ? hostAcknowledgements : []),
  ];
}

const hosts = 'Preparation/Role/DefaultPolicy';
const hostAcknowledgements = [
  { id: login, at: hosts, reason: loginReason },
  {
    id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecr:<AWS::Region>:<AWS::AccountId>:repository/infersweep/*]',
    at: hosts,
    reason: 'A host pulls any image of the kit, and no other repository is so named.',
  },
  ...['hosts', 'artifacts'].map((prefix) => ({
    id: `AwsSolutions-IAM5[Resource::<Artifacts82DD59A1.Arn>/${prefix}/*]`,
    at: hosts,
    reason: 'Objects below one prefix; their keys hold the hash of what is prepared.',
  })),
  {
    id: 'AwsSolutions-IAM5[Resource::<Artifacts82DD59A1.Arn>/hosts/*]',
    at: 'CreatePolicy',
    reason: 'Start documents of hosts below one prefix; their keys hold the id of a run.',
  },
  {
    id: 'AwsSolutions-VPC7',
    at: 'Network/Vpc',
    reason: 'Off by default, for they are billed by the gigabyte; flowLogs: true switches them on.',
  },
];
