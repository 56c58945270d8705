/**
 * The CDK app: `npx cdk synth|deploy`. Context:
 *   -c recommendation=FILE   what to deploy (default: the one of examples/triton-instance-sweep)
 *   -c image=URI             ECR image of the model server (default: CloudFormation parameter `Image`)
 *   -c model=s3://…          prepared model, .tar.gz or prefix/ (default: parameters `ModelBucket`, `ModelKey`)
 *   -c quota=N               instances of the chosen type that the account may run (default: not capped)
 *   -c env=ACCOUNT/REGION    one environment (default: a template for any)
 */
import { App, type Stack, Tags } from 'aws-cdk-lib';
import { ModelData } from '../lib/constructs/model-data.ts';
import { ModelImage } from '../lib/constructs/model-image.ts';
import { type Acknowledgement, acknowledge } from '../lib/stacks/policy/acknowledge.ts';
import { productionAcknowledgements } from '../lib/stacks/production-acknowledgements.ts';
import { ProductionStack } from '../lib/stacks/production-stack.ts';
import { environmentOf, modelPrefix, recommendationOf, refuseMisspelt, textOf, withinQuota } from './app-context.ts';

/** Marks what a stack makes, so that its cost can be told apart, and settles what the policies find in it. */
function place(part: string, stack: Stack, acknowledgements: readonly Acknowledgement[]): void {
  Tags.of(stack).add('infersweep:stack', part);
  acknowledge(stack, acknowledgements);
}

try {
  const app = new App();
  const context = (key: string): unknown => app.node.tryGetContext(key);
  refuseMisspelt(Object.keys(app.node.getAllContext()));
  const env = environmentOf(context);
  const image = textOf(context, 'image');
  const model = textOf(context, 'model');
  const recommendation = withinQuota(recommendationOf(context), context);
  // One stack per experiment: the next model must not replace the one that serves.
  const production = new ProductionStack(app, `InfersweepProduction-${recommendation.experiment}`, {
    recommendation,
    image: image === null ? undefined : ModelImage.fromUri(image),
    modelData: model === null ? undefined : ModelData.fromUri(model),
    env,
  });
  place('production', production, productionAcknowledgements(modelPrefix(model)));

  // Validation is switched off as a whole (`cdk synth --no-validation`); only then is cdk-nag not even loaded.
  if (process.env['CDK_VALIDATION'] !== 'false') {
    const { applyPolicies } = await import('../lib/stacks/policy/apply-policies.ts');
    applyPolicies(app);
  }
  app.synth();
} catch (error) {
  // The message teaches; the stack would bury it under the frames of the CLI.
  console.error(process.env['DEBUG'] ? error : `error: ${(error as Error).message}`);
  process.exitCode = 1;
}
