/**
 * The CDK app: `npx cdk synth|deploy`. Context:
 *   -c recommendation=FILE   what to deploy (default: the one of examples/triton-instance-sweep)
 *   -c image=URI             ECR image of the model server (default: CloudFormation parameter `Image`)
 *   -c model=s3://…          prepared model, .tar.gz or prefix/ (default: parameters `ModelBucket`, `ModelKey`)
 *   -c env=ACCOUNT/REGION    one environment (default: a template for any)
 */
import { App } from 'aws-cdk-lib';
import { ModelData } from '../lib/constructs/model-data.ts';
import { ModelImage } from '../lib/constructs/model-image.ts';
import { ProductionStack } from '../lib/stacks/production-stack.ts';
import { environmentOf, recommendationOf, textOf } from './app-context.ts';

try {
  const app = new App();
  const context = (key: string): unknown => app.node.tryGetContext(key);
  const recommendation = recommendationOf(context);
  const image = textOf(context, 'image');
  const model = textOf(context, 'model');
  // One stack per experiment: the next model must not replace the one that serves.
  new ProductionStack(app, `InfersweepProduction-${recommendation.experiment}`, {
    recommendation,
    image: image === null ? undefined : ModelImage.fromUri(image),
    modelData: model === null ? undefined : ModelData.fromUri(model),
    env: environmentOf(context),
  });
  app.synth();
} catch (error) {
  // The message teaches; the stack would bury it under the frames of the CLI.
  console.error(process.env['DEBUG'] ? error : `error: ${(error as Error).message}`);
  process.exitCode = 1;
}
