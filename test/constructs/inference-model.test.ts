import { App, Stack, type StackProps } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, it } from 'vitest';
import { InferenceModel, type InferenceModelProps } from '../../lib/constructs/inference-model.ts';
import { ModelData } from '../../lib/constructs/model-data.ts';
import { ModelImage } from '../../lib/constructs/model-image.ts';
import { actionsOnEverything, statementsOf } from '../support/templates.ts';

const image = ModelImage.fromUri(`123456789012.dkr.ecr.us-east-1.amazonaws.com/server@sha256:${'0'.repeat(64)}`);

function modelWith(props: (stack: Stack) => Partial<InferenceModelProps>, stackProps?: StackProps) {
  const stack = new Stack(new App(), 'Test', stackProps);
  const model = new InferenceModel(stack, 'Model', {
    image,
    modelData: ModelData.fromUri('s3://models/a/model.tar.gz'),
    ...props(stack),
  });
  return { stack, model, template: () => Template.fromStack(stack) };
}

describe('InferenceModel', () => {
  it('is cut off from the network, has no fixed name and waits for its permissions', () => {
    const template = modelWith(() => ({ environment: { A: 'b' } })).template();
    template.hasResource('AWS::SageMaker::Model', {
      Properties: {
        EnableNetworkIsolation: true,
        ModelName: Match.absent(),
        VpcConfig: Match.absent(),
        PrimaryContainer: { Image: image.uri, ModelDataUrl: 's3://models/a/model.tar.gz', Environment: { A: 'b' } },
      },
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('RoleDefaultPolicy')]),
    });
  });

  it('gives its role nothing on any resource but the two calls that know none', () => {
    const { template } = modelWith(() => ({}));
    expect(actionsOnEverything(template())).toEqual(['cloudwatch:PutMetricData', 'ecr:GetAuthorizationToken']);
    expect(
      statementsOf(template())
        .flatMap(({ Action }) => Action)
        .filter((action) => action.includes('*')),
    ).toEqual([]);
    template().hasResourceProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent() });
  });

  it('confines metrics to the namespaces of SageMaker', () => {
    expect(
      statementsOf(modelWith(() => ({})).template()).find(({ Action }) => Action === 'cloudwatch:PutMetricData')
        ?.Condition,
    ).toEqual({
      StringEquals: { 'cloudwatch:namespace': ['/aws/sagemaker/Endpoints', 'AWS/SageMaker'] },
    });
  });

  it('reads one object, or one prefix, of the bucket', () => {
    const text = JSON.stringify(statementsOf(modelWith(() => ({})).template()));
    expect(text).toContain(':s3:::models/a/model.tar.gz');
    expect(text).toContain('{"StringLike":{"s3:prefix":"a/model.tar.gz"}}');
    const unpacked = modelWith(() => ({ modelData: ModelData.fromUri('s3://models/a/') })).template();
    expect(JSON.stringify(statementsOf(unpacked))).toContain(':s3:::models/a/*');
    unpacked.hasResourceProperties('AWS::SageMaker::Model', {
      PrimaryContainer: {
        ModelDataSource: { S3DataSource: { CompressionType: 'None', S3DataType: 'S3Prefix', S3Uri: 's3://models/a/' } },
      },
    });
  });

  it('may decrypt the bucket it reads, and needs no bucket when the image holds the model', () => {
    const encrypted = modelWith((stack) => {
      const bucket = new Bucket(stack, 'Bucket', { encryptionKey: new Key(stack, 'Key') });
      return { modelData: ModelData.fromBucket(bucket, 'model.tar.gz') };
    });
    expect(statementsOf(encrypted.template()).map(({ Action }) => Action)).toContain('kms:Decrypt');
    const alone = modelWith(() => ({ modelData: ModelData.inImage() })).template();
    expect(JSON.stringify(statementsOf(alone))).not.toContain('s3:');
  });

  it.each([
    ['models/a.tar.gz', /not an address in S3/],
    ['s3://models/a.onnx', /neither a .tar.gz nor a prefix/],
  ])('refuses %s as model data', (uri, message) => {
    expect(() => ModelData.fromUri(uri)).toThrow(message);
  });

  it('joins a VPC without ingress', () => {
    const { model, template } = modelWith((stack) => ({ vpc: new Vpc(stack, 'Vpc') }));
    expect(model.connections.securityGroups).toHaveLength(1);
    template().hasResourceProperties('AWS::SageMaker::Model', {
      VpcConfig: { Subnets: Match.anyValue(), SecurityGroupIds: Match.anyValue() },
    });
    template().hasResourceProperties('AWS::EC2::SecurityGroup', { SecurityGroupIngress: Match.absent() });
    expect(() => modelWith(() => ({})).model.connections).toThrow(/is in no VPC/);
  });

  it('adds its grants to a role it is given', () => {
    const { template } = modelWith((stack) => ({
      role: Role.fromRoleArn(stack, 'Given', 'arn:aws:iam::123456789012:role/given'),
    }));
    template().resourceCountIs('AWS::IAM::Role', 0);
    template().hasResourceProperties('AWS::IAM::Policy', { Roles: ['given'] });
  });

  it('warns about a tag and refuses an image of another region', () => {
    const tagged = ModelImage.fromUri('123456789012.dkr.ecr.us-east-1.amazonaws.com/server:1');
    Annotations.fromStack(modelWith(() => ({ image: tagged })).stack).hasWarning(
      '*',
      Match.stringLikeRegexp('named by a tag'),
    );
    expect(() => modelWith(() => ({}), { env: { account: '123456789012', region: 'eu-west-1' } })).toThrow(
      /is in us-east-1, the stack in eu-west-1/,
    );
  });
});
