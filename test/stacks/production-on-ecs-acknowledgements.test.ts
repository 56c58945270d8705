import { App, Stack } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { ModelData } from '../../lib/constructs/model-data.ts';
import { deployable } from '../../lib/stacks/deployable.ts';
import { productionOnEcs } from '../../lib/stacks/production-on-ecs.ts';
import {
  type EcsFindings,
  productionOnEcsAcknowledgements,
} from '../../lib/stacks/production-on-ecs-acknowledgements.ts';
import type { ProductionStackProps } from '../../lib/stacks/production-stack.ts';
import { ec2Recommendation } from '../support/ec2-recommendation.ts';

/** `rule at construct`, of the service and its network; what a test puts beside them does not count. */
function findings(props: (stack: Stack) => Partial<ProductionStackProps>): string[] {
  const app = new App();
  const stack = new Stack(app, 'P', { env: { account: '123456789012', region: 'us-east-1' } });
  const recommendation = ec2Recommendation('g4dn.xlarge');
  productionOnEcs(stack, deployable(recommendation), { recommendation, quotaInstances: 100, ...props(stack) });
  return new AwsSolutionsChecks(app).validateScope(stack).violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources
      .map(({ constructPath }) => constructPath ?? '')
      .filter((path) => /^P\/(Service|Network)\//.test(path))
      .map((path) => `${ruleName} at ${path}`),
  );
}

describe('productionOnEcsAcknowledgements', () => {
  it.each<[string, EcsFindings, (stack: Stack) => Partial<ProductionStackProps>]>([
    ['with nothing given', {}, () => ({})],
    [
      'with a prefix as model',
      { modelPrefix: 'models/bert/' },
      () => ({ modelData: ModelData.fromUri('s3://models/bert/') }),
    ],
    ['with a VPC', { ownVpc: true }, (stack) => ({ vpc: new Vpc(stack, 'Own', { natGateways: 1 }) })],
    [
      'with access logs',
      { accessLogs: true },
      (stack) => ({ instances: { accessLogsBucket: new Bucket(stack, 'AccessLogs') } }),
    ],
  ])('names every finding of AwsSolutions %s, and nothing else', (_, given, props) => {
    const found = findings(props);
    const named = productionOnEcsAcknowledgements(given);
    expect(found).toHaveLength(named.length);
    for (const { id, at, reason } of named) {
      expect(found).toContainEqual(expect.stringContaining(`${id} at P/${at}`));
      expect(reason.length).toBeGreaterThan(20);
    }
  });
});
