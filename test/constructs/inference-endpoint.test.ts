import { Duration } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { ArnPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, it } from 'vitest';
import { hasLocalStorage } from '../../lib/constructs/instance-storage.ts';
import { endpointWith, modelIn, only } from '../support/endpoint.ts';
import { statementsOf } from '../support/templates.ts';

const idOf = (template: Template) => only(template, 'AWS::SageMaker::Endpoint').id;
const variantOf = (template: Template) =>
  only(template, 'AWS::SageMaker::EndpointConfig').properties['ProductionVariants'][0];

const slo = { percentile: 95, latencyMs: 500, maxErrorRate: 0.001 };

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
    for (const rollout of [undefined, { slo }]) {
      endpointWith(() => ({ rollout }))
        .template()
        .hasResourceProperties('AWS::SageMaker::Endpoint', {
          RetainAllVariantProperties: true,
          ExcludeRetainedVariantProperties: Match.absent(),
          // true would repeat the way of the last update and ignore the template's.
          RetainDeploymentConfig: false,
        });
    }
  });

  it('is another endpoint when the instance type changes, and the same one otherwise', () => {
    const id = idOf(endpointWith().template());
    expect(idOf(endpointWith(() => ({ initialInstanceCount: 9 })).template())).toBe(id);
    expect(idOf(endpointWith(() => ({ instanceType: 'ml.c7g.8xlarge' })).template())).not.toBe(id);
    const pools = { capacityFallback: [{ instanceType: 'ml.c7g.8xlarge' }] };
    expect(idOf(endpointWith(() => pools).template())).not.toBe(id);
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

  it('refuses a volume key for a fallback with local NVMe too', () => {
    expect(() =>
      endpointWith((stack) => ({
        volumeKey: new Key(stack, 'Key'),
        capacityFallback: [{ instanceType: 'ml.c6gd.4xlarge', model: modelIn(stack, 'Other') }],
      })),
    ).toThrow(/ml.c6gd.4xlarge cannot take a volume key/);
  });

  it('takes only a host image that drives the instance type', () => {
    const gpu = 'al2023-ami-sagemaker-inference-gpu-4-1';
    const neuron = 'al2-ami-sagemaker-inference-neuron-2';
    const version = (instanceType: string, inferenceAmiVersion: string) => () =>
      variantOf(endpointWith(() => ({ instanceType, inferenceAmiVersion })).template()).InferenceAmiVersion;
    expect(version('ml.g4dn.xlarge', gpu)()).toBe(gpu);
    expect(version('ml.inf2.xlarge', neuron)()).toBe(neuron);
    expect(version('ml.inf1.xlarge', neuron)).toThrow(/Inf1 has none to choose, not for ml.inf1.xlarge. Leave it out/);
    expect(version('ml.inf1.xlarge', gpu)).toThrow(/is for NVIDIA GPUs/);
    expect(version('ml.c7g.4xlarge', gpu)).toThrow(/not for ml.c7g.4xlarge/);
  });

  it('publishes metrics more often only when asked, and then per instance', () => {
    const metrics = (metricFrequency?: Duration) =>
      only(endpointWith(() => ({ metricFrequency })).template(), 'AWS::SageMaker::EndpointConfig').properties[
        'MetricsConfig'
      ];
    expect(metrics()).toBeUndefined();
    expect(metrics(Duration.seconds(10))).toEqual({ EnableEnhancedMetrics: true, MetricPublishFrequencyInSeconds: 10 });
    expect(() => metrics(Duration.seconds(20))).toThrow(/metricFrequency is 20 s. SageMaker publishes every 10, 30,/);
  });

  it.each([
    [{ instanceType: 'g4dn.xlarge' }, /"g4dn.xlarge" is not one of SageMaker's/],
    [{ initialInstanceCount: 0 }, /needs at least 1/],
    [{ provisionTimeout: Duration.seconds(299) }, /provisionTimeout is 299 s. SageMaker takes 300 to 3600 s/],
  ])('refuses %o', (props, message) => {
    expect(() => endpointWith(() => props)).toThrow(message);
  });
});
