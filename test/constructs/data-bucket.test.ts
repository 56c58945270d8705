import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, it } from 'vitest';
import { grantReadPrefix, grantWritePrefix } from '../../lib/constructs/bucket-prefix.ts';
import { DataBucket, type DataBucketProps } from '../../lib/constructs/data-bucket.ts';
import { allowed } from '../support/rights.ts';
import { statementsOf } from '../support/templates.ts';

function bucketWith(props: (stack: Stack) => DataBucketProps = () => ({})) {
  const stack = new Stack(new App(), 'Test');
  const bucket = new DataBucket(stack, 'Bucket', props(stack));
  return { stack, bucket, template: () => Template.fromStack(stack) };
}

describe('DataBucket', () => {
  const template = bucketWith(() => ({ expire: { 'load/': Duration.days(30) } })).template();

  it('is private, versioned and kept', () => {
    template.hasResource('AWS::S3::Bucket', {
      Properties: {
        BucketName: Match.absent(),
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        VersioningConfiguration: { Status: 'Enabled' },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
      },
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  });

  it('answers over TLS 1.2 or later only', () => {
    const denied = (condition: object) =>
      template.hasResourceProperties('AWS::S3::BucketPolicy', {
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({ Effect: 'Deny', Action: 's3:*', Principal: { AWS: '*' }, Condition: condition }),
          ]),
        },
      });
    denied({ Bool: { 'aws:SecureTransport': 'false' } });
    denied({ NumericLessThan: { 's3:TlsVersion': 1.2 } });
  });

  it('forgets broken uploads, old versions and what was to expire, and nothing else', () => {
    const [bucket] = Object.values(template.findResources('AWS::S3::Bucket'));
    const rules = bucket!['Properties'].LifecycleConfiguration.Rules as Record<string, unknown>[];
    expect(rules.map(({ Id, Prefix, ExpirationInDays }) => [Id, Prefix, ExpirationInDays])).toEqual([
      ['Tidy', undefined, undefined],
      ['Expire-load', 'load/', 30],
    ]);
    expect(rules[0]).toMatchObject({
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      NoncurrentVersionExpiration: { NoncurrentDays: 30 },
      Transitions: [{ StorageClass: 'STANDARD_IA', TransitionInDays: 90 }],
    });
  });

  it('takes a key, and its readers and writers get what they need of it', () => {
    const { stack, bucket, template: encrypted } = bucketWith((scope) => ({ encryptionKey: new Key(scope, 'Key') }));
    const grantee = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    grantReadPrefix({ bucket, prefix: 'a/' }, grantee);
    grantWritePrefix({ bucket, prefix: 'b/' }, grantee);
    encrypted().hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } },
        ],
      },
    });
    const lines = allowed(statementsOf(encrypted())).map((line) =>
      line.replace(/<(Key|Bucket)[0-9A-F]{8}\.Arn>/, '<$1>'),
    );
    expect([...new Set(lines)]).toEqual([
      'kms:Decrypt on <Key>',
      'kms:Encrypt on <Key>',
      'kms:GenerateDataKey* on <Key>',
      'kms:ReEncrypt* on <Key>',
      's3:AbortMultipartUpload on <Bucket>/b/*',
      's3:GetObject on <Bucket>/a/*',
      's3:ListBucket on <Bucket>',
      's3:PutObject on <Bucket>/b/*',
    ]);
  });
});
