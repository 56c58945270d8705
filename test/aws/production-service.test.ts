import { ApplicationAutoScaling } from '@aws-sdk/client-application-auto-scaling';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { ECS } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { SageMaker } from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { productionService } from '../../lib/aws/production-service.ts';
import { LoopbackAws } from '../support/aws/loopback-aws.ts';
import type { TargetGroup } from '../support/aws/services/elastic-load-balancing.ts';

const arn = 'arn:aws:ecs:us-east-1:123456789012:service/production/models';
const groupArn = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/models/1';
let aws: LoopbackAws;
beforeAll(async () => {
  aws = await LoopbackAws.start();
});
afterAll(() => aws.close());
beforeEach(() => {
  aws.world.things.clear();
  aws.world.alarms.length = 0;
  aws.world.activities.length = 0;
  aws.world.mistakes.length = 0;
});

function service(of = arn, runtimeUrl?: string) {
  const { config } = aws;
  const clients = {
    sagemaker: new SageMaker(config),
    ecs: new ECS(config),
    balancing: new ElasticLoadBalancingV2(config),
    scaling: new ApplicationAutoScaling(config),
    cloudwatch: new CloudWatch(config),
  };
  return productionService(clients, { arn: of, region: 'us-east-1', runtimeUrl });
}

function deploy(change: Partial<TargetGroup> = {}) {
  aws.world.targetGroups.set(groupArn, {
    arn: groupArn,
    balancer: {
      arn: 'arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/models/1',
      dnsName: 'internal-models-1.us-east-1.elb.amazonaws.com',
    },
    listeners: [{ port: 80, protocol: 'HTTP', forwards: true }],
    targets: ['healthy', 'unhealthy', 'initial', 'draining', 'healthy'].map((state, i) => ({
      id: `10.0.0.${i}`,
      port: 8080,
      state,
      reason: undefined,
    })),
    ...change,
  });
  const counts = () => ({ desiredCount: 7, runningCount: 4, pendingCount: 3 });
  aws.world.add('service', 'production/models', { detail: { targetGroupArn: groupArn, counts } });
}

const alarm = (AlarmName: string, change: object = {}) => ({
  AlarmName,
  ComparisonOperator: 'GreaterThanThreshold',
  MetricName: 'RequestCountPerTarget',
  Threshold: 934.5,
  Period: 60,
  EvaluationPeriods: 3,
  ...change,
});

describe('a service on EC2', () => {
  it('is called at the listener of its balancer that forwards, unsigned, as a trial was', async () => {
    deploy();
    const path = '/v2/models/model/infer';
    const host = 'http://internal-models-1.us-east-1.elb.amazonaws.com';
    expect(await service()!.endpoint()).toEqual({ url: host, path });
    deploy({ listeners: [{ port: 8081, protocol: 'HTTP', forwards: true }] });
    expect(await service()!.endpoint()).toEqual({ url: `${host}:8081`, path });
    deploy({
      listeners: [
        { port: 80, protocol: 'HTTP', forwards: false },
        { port: 443, protocol: 'HTTPS', forwards: true },
      ],
    });
    expect(await service()!.endpoint()).toEqual({ url: null, path });
  });

  it('counts what is asked for, what runs, and what passes the health check', async () => {
    deploy();
    expect(await service()!.fleet()).toEqual({ desired: 7, running: 4, instances: 2 });
    const gone = arn.replace('models', 'gone');
    expect(await service(gone)!.fleet()).toEqual({ desired: 0, running: 0, instances: 0 });
    expect(await service(gone)!.endpoint()).toMatchObject({ url: null });
    expect(aws.world.mistakes).toEqual([]);
  });

  it('reads the alarms that scale it out, with a rate only where they watch one', async () => {
    const name = (kind: string) => `TargetTracking-service/production/models-${kind}`;
    aws.world.alarms.push(
      alarm(name('AlarmHigh-1')),
      alarm(name('AlarmLow-1'), { ComparisonOperator: 'LessThanThreshold' }),
      alarm(name('AlarmHigh-2'), { Period: 10, EvaluationPeriods: 5, DatapointsToAlarm: 4 }),
      alarm(name('AlarmHigh-3'), { MetricName: 'CPUUtilization' }),
      alarm('TargetTracking-service/production/models2-AlarmHigh-1'),
    );
    expect(await service()!.alarms()).toEqual([
      { name: name('AlarmHigh-1'), periodSeconds: 60, evaluationPeriods: 3, threshold: 934.5 },
      { name: name('AlarmHigh-2'), periodSeconds: 10, evaluationPeriods: 4, threshold: 6 * 934.5 },
      { name: name('AlarmHigh-3'), periodSeconds: 60, evaluationPeriods: 3, threshold: null },
    ]);
  });

  it('lists what scaling did, of every page and of itself alone', async () => {
    const activity = (ActivityId: string, ResourceId: string, change: object = {}) => ({
      ActivityId,
      ServiceNamespace: 'ecs',
      ResourceId,
      ScalableDimension: 'ecs:service:DesiredCount',
      Description: 'Setting desired count to 3.',
      Cause: 'monitor alarm',
      StartTime: 1,
      StatusCode: 'Failed',
      ...change,
    });
    const own = 'service/production/models';
    aws.world.activities.push(
      activity('1', own, { StatusMessage: 'why' }),
      activity('2', 'service/production/other'),
      activity('3', own),
      activity('4', own, { StatusCode: 'Successful' }),
    );
    expect(await service()!.activities()).toEqual([
      { id: '1', status: 'Failed', description: 'Setting desired count to 3.', reason: 'why' },
      { id: '3', status: 'Failed', description: 'Setting desired count to 3.', reason: null },
      { id: '4', status: 'Successful', description: 'Setting desired count to 3.', reason: null },
    ]);
  });
});

it('an endpoint is called at the runtime of its region, signed', async () => {
  const endpoint = 'arn:aws:sagemaker:us-east-1:123456789012:endpoint/e';
  expect(await service(endpoint)!.endpoint()).toEqual({
    url: 'https://runtime.sagemaker.us-east-1.amazonaws.com',
    path: '/endpoints/e/invocations',
    signing: { service: 'sagemaker', region: 'us-east-1' },
  });
  expect(await service(endpoint, aws.url)!.endpoint()).toMatchObject({ url: aws.url });
});

it('anything else is no service', () => {
  expect(service('arn:aws:ecs:us-east-1:123456789012:cluster/production')).toBeNull();
});
