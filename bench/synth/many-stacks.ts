/** `many-stacks.js COPIES`: as many production stacks in one app, under the policies that the app is under. */
import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { recommendationSchema } from '../../lib/core/recommend/recommendation.ts';
import { acknowledge } from '../../lib/stacks/policy/acknowledge.ts';
import { productionAcknowledgements } from '../../lib/stacks/production-acknowledgements.ts';
import { ProductionStack } from '../../lib/stacks/production-stack.ts';

const file = new URL('../../../examples/triton-instance-sweep/recommendation.json', import.meta.url);
const recommendation = recommendationSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
const app = new App();
for (let copy = 0; copy < Number(process.argv[2]); copy++) {
  const stack = new ProductionStack(app, `Production-${copy}`, { recommendation });
  acknowledge(stack, productionAcknowledgements());
}
if (process.env['CDK_VALIDATION'] !== 'false') {
  const { applyPolicies } = await import('../../lib/stacks/policy/apply-policies.ts');
  applyPolicies(app);
}
app.synth();
