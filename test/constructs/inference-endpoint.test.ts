import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { ArnPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, it } from 'vitest';
import { InferenceEndpoint, type InferenceEndpointProps } from '../../lib/constructs/inference-endpoint.ts';
import { InferenceModel } from '../../lib/constructs/inference-model.ts';
import { hasLocalStorage } from '../../lib/constructs/instance-storage.ts';
import { ModelData } from '../../lib/constructs/model-data.ts';
import { ModelImage } from '../../lib/constructs/model-image.ts';
import { statementsOf } from '../support/templates.ts';

function endpointWith(props: (stack: Stack) => Partial<InferenceEndpointProps> = () => ({})) {
  const stack = new Stack(new App(), 'Test');
  const model = new InferenceModel(stack, 'Model', {
    image: ModelImage.fromUri(`123456789012.dkr.ecr.us-east-1.amazonaws.com/server@sha256:${'0'.repeat(64)}`),
    modelData: ModelData.inImage(),
  });
  const endpoint = new InferenceEndpoint(stack, 'Endpoint', { model, instanceType: 'ml.c7g.4xlarge', ...props(stack) });
  return { stack, endpoint, template: () => Template.fromStack(stack) };
}

const idOf = (template: Template) => Object.keys(template.findResources('AWS::SageMaker::Endpoint'))[0]!;

describe('InferenceEndpoint', () => {
  it('routes to the least busy instance and has no fixed names', () => {
    const template = endpointWith(() => ({ initialInstanceCount: 3, startupTimeout: Duration.minutes(10) })).template();
    template.hasResourceProperties('AWS::SageMaker::EndpointConfig', {
      EndpointConfigName: Match.absent(),
      ProductionVariants: [
        Match.objectLike({
          InstanceType: 'ml.c7g.4xlarge',
          InitialInstanceCount: 3,
          RoutingConfig: { RoutingStrategy: 'LEAST_OUTSTANDING_REQUESTS' },
          ContainerStartupHealthCheckTimeoutInSeconds: 600,
          InstancePools: Match.absent(),
        }),
      ],
    });
    template.hasResourceProperties('AWS::SageMaker::Endpoint', { EndpointName: Match.absent() });
  });

  it('keeps the scaled count over an update', () => {
    endpointWith().template().hasResourceProperties('AWS::SageMaker::Endpoint', { RetainAllVariantProperties: true });
  });

  it('is another endpoint when the instance type changes, and the same one otherwise', () => {
    const id = idOf(endpointWith().template());
    expect(idOf(endpointWith(() => ({ initialInstanceCount: 9 })).template())).toBe(id);
    expect(idOf(endpointWith(() => ({ instanceType: 'ml.c7g.8xlarge' })).template())).not.toBe(id);
  });

  it('lets a principal invoke it and nothing else', () => {
    const { stack, endpoint, template } = endpointWith();
    const caller = new Role(stack, 'Caller', { assumedBy: new ArnPrincipal('arn:aws:iam::123456789012:root') });
    endpoint.grantInvoke(caller);
    const invoke = statementsOf(template()).filter(({ Action }) =>
      [Action].flat().some((action) => action.startsWith('sagemaker:')),
    );
    expect(invoke).toEqual([
      {
        Action: ['sagemaker:InvokeEndpoint', 'sagemaker:InvokeEndpointWithResponseStream'],
        Effect: 'Allow',
        Resource: { Ref: idOf(template()) },
      },
    ]);
  });

  it('names its metrics by endpoint and variant', () => {
    const { stack, endpoint } = endpointWith();
    const seen = (metric: { toMetricConfig: () => unknown }) => stack.resolve(metric.toMetricConfig());
    expect(seen(endpoint.metricInvocations())).toMatchObject({
      metricStat: { namespace: 'AWS/SageMaker', metricName: 'Invocations', statistic: 'Sum' },
    });
    expect(seen(endpoint.metricModelLatency({ statistic: 'p95', period: Duration.minutes(1) }))).toMatchObject({
      metricStat: {
        metricName: 'ModelLatency',
        statistic: 'p95',
        dimensions: [{ name: 'EndpointName' }, { name: 'VariantName', value: 'AllTraffic' }],
      },
    });
    const sums = [
      endpoint.metricInvocationsPerInstance(),
      endpoint.metricInvocation4xxErrors(),
      endpoint.metricInvocation5xxErrors(),
    ];
    expect(sums.map((metric) => metric.statistic)).toEqual(['Sum', 'Sum', 'Sum']);
    expect(endpoint.metricOverheadLatency().statistic).toBe('Average');
  });

  it('encrypts the volume where the family has one', () => {
    const { template } = endpointWith((stack) => ({ volumeKey: new Key(stack, 'Key') }));
    template().hasResourceProperties('AWS::SageMaker::EndpointConfig', {
      KmsKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] },
    });
    expect(() =>
      endpointWith((stack) => ({ instanceType: 'ml.g4dn.xlarge', volumeKey: new Key(stack, 'Key') })),
    ).toThrow(/ml.g4dn.xlarge cannot take a volume key: it has local NVMe.*Leave volumeKey out/);
  });

  it('tells families with local NVMe', () => {
    const local = [
      'g4dn.xlarge',
      'g5.xlarge',
      'g6e.xlarge',
      'c5d.large',
      'r7gd.large',
      'p4d.24xlarge',
      'p5en.48xlarge',
      'trn1.2xlarge',
    ];
    const none = ['c7g.4xlarge', 'm5.large', 'inf1.xlarge', 'inf2.xlarge', 'p3.2xlarge', 'r8g.large', 'c7i.large'];
    expect(local.map((type) => hasLocalStorage(`ml.${type}`))).toEqual(local.map(() => true));
    expect(none.map((type) => hasLocalStorage(`ml.${type}`))).toEqual(none.map(() => false));
  });

  it.each([
    [{ instanceType: 'g4dn.xlarge' }, /"g4dn.xlarge" is not one of SageMaker's/],
    [{ initialInstanceCount: 0 }, /needs at least 1/],
  ])('refuses %o', (props, message) => {
    expect(() => endpointWith(() => props)).toThrow(message);
  });
});
