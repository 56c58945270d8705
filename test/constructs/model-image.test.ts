import { App, CfnParameter, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { ModelImage } from '../../lib/constructs/model-image.ts';
import { actionsOnEverything, statementsOf } from '../support/templates.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const repository = '763104351884.dkr.ecr.us-east-1.amazonaws.com/sagemaker-tritonserver';

function pulled(make: (stack: Stack) => ModelImage) {
  const stack = new Stack(new App(), 'Test');
  make(stack).grantPull(new Role(stack, 'Role', { assumedBy: new ServicePrincipal('sagemaker.amazonaws.com') }));
  return Template.fromStack(stack);
}

describe('ModelImage', () => {
  it('knows what a digest pins and where the image lives', () => {
    expect(ModelImage.fromUri(`${repository}@${digest}`)).toMatchObject({ pinned: true, region: 'us-east-1' });
    expect(ModelImage.fromUri(`${repository}:26.03-py3`)).toMatchObject({ pinned: false });
    expect(ModelImage.fromUri(`${repository}:26.03-py3@${digest}`)).toMatchObject({ pinned: true });
  });

  it.each([
    'nvcr.io/nvidia/tritonserver:26.03-py3',
    'tritonserver',
    repository,
    `${repository}@sha256:abc`,
    's3://bucket/model.tar.gz',
  ])('refuses %s and says what to do', (uri) => {
    expect(() => ModelImage.fromUri(uri)).toThrow(/not an image in ECR.*push the image there first/);
  });

  it('lets pull one repository of another account', () => {
    const template = pulled(() => ModelImage.fromUri(`${repository}@${digest}`));
    expect(actionsOnEverything(template)).toEqual(['ecr:GetAuthorizationToken']);
    expect(JSON.stringify(statementsOf(template))).toContain(
      ':ecr:us-east-1:763104351884:repository/sagemaker-tritonserver',
    );
  });

  it('lets pull one repository when only deployment tells which', () => {
    const template = pulled((stack) => ModelImage.fromUri(new CfnParameter(stack, 'Image').valueAsString));
    expect(actionsOnEverything(template)).toEqual(['ecr:GetAuthorizationToken']);
  });

  it('takes a repository of the app', () => {
    const stack = new Stack(new App(), 'Test');
    const own = new Repository(stack, 'Repository');
    expect(ModelImage.fromEcrRepository(own, digest).pinned).toBe(true);
    expect(ModelImage.fromEcrRepository(own, 'latest').pinned).toBe(false);
    expect(actionsOnEverything(pulled((s) => ModelImage.fromEcrRepository(new Repository(s, 'Own'), digest)))).toEqual([
      'ecr:GetAuthorizationToken',
    ]);
  });
});
