/** Templates of production on ECS under CDK's built-in validation, with everything switched on that can be. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type CfnResource, Stack } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deployable } from '../../lib/stacks/deployable.ts';
import { productionOnEcs } from '../../lib/stacks/production-on-ecs.ts';
import type { ProductionStackProps } from '../../lib/stacks/production-stack.ts';
import { ec2Recommendation } from '../support/ec2-recommendation.ts';
import { image } from '../support/instance-service.ts';

const folder = mkdtempSync(join(tmpdir(), 'infersweep-ecs-'));
const { context } = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'cdk.json'), 'utf8'));
const { CDK_VALIDATION } = process.env;
beforeAll(() => {
  process.env['CDK_VALIDATION'] = 'true';
});
afterAll(() => {
  process.env['CDK_VALIDATION'] = CDK_VALIDATION;
  rmSync(folder, { recursive: true, force: true });
});

/** What the validation says of one stack; null when it says nothing. */
function findings(
  instanceType: string,
  props: (stack: Stack) => Partial<ProductionStackProps> = () => ({}),
  after: (stack: Stack) => void = () => {},
): string | null {
  const outdir = mkdtempSync(join(folder, 'out-'));
  const app = new App({ context, outdir });
  const stack = new Stack(app, 'Production', { env: { account: '123456789012', region: 'us-east-1' } });
  const recommendation = ec2Recommendation(instanceType);
  productionOnEcs(stack, deployable(recommendation), { recommendation, quotaInstances: 100, ...props(stack) });
  after(stack);
  try {
    app.synth();
  } catch (error) {
    return String(error);
  }
  const { pluginReports } = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'));
  return pluginReports.length === 0 ? null : JSON.stringify(pluginReports);
}

describe('the built-in validation', { timeout: 120_000 }, () => {
  it.each(['g4dn.xlarge', 'inf1.xlarge', 'inf1.6xlarge', 'c7g.4xlarge', 'c7i.4xlarge'])('passes %s', (instanceType) => {
    expect(findings(instanceType)).toBeNull();
  });

  it('passes every option', () => {
    const everything = (stack: Stack, more: ProductionStackProps['instances']): Partial<ProductionStackProps> => ({
      volumeKey: new Key(stack, 'Key'),
      instances: {
        front: { image, port: 9000 },
        certificate: Certificate.fromCertificateArn(stack, 'Tls', 'arn:aws:acm:us-east-1:123456789012:certificate/a'),
        accessLogsBucket: new Bucket(stack, 'AccessLogs'),
        ...more,
      },
    });
    expect(findings('g4dn.2xlarge', (stack) => everything(stack, { warmPool: { minSize: 1 } }))).toBeNull();
    const mixedInstances = {
      alternatives: [{ instanceType: 'g4dn.xlarge', capacityPerMinute: 1078 }],
      onDemandPercentageAboveBaseCapacity: 50,
    };
    expect(findings('g4dn.2xlarge', (stack) => everything(stack, { mixedInstances }))).toBeNull();
  });

  it('is really on: a scheme that load balancers do not have is found', () => {
    const broken = findings('g4dn.xlarge', undefined, (stack) => {
      const balancer = stack.node.findAll().find((c) => c.node.path.endsWith('LoadBalancer/Resource')) as CfnResource;
      balancer.addPropertyOverride('Scheme', 'secret');
    });
    expect(broken).toMatch(/secret|Validation failed/);
  });
});
