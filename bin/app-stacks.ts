/** The stacks of the app, as the context asks for them. */
import { type App, type Stack, Tags } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { ModelData } from '../lib/constructs/model-data.ts';
import { ModelImage } from '../lib/constructs/model-image.ts';
import { containersFolder } from '../lib/constructs/package-folder.ts';
import { readImagesLock } from '../lib/files/read-images-lock.ts';
import { guardAcknowledgements } from '../lib/stacks/guard-acknowledgements.ts';
import { GuardStack } from '../lib/stacks/guard-stack.ts';
import { imagesAcknowledgements } from '../lib/stacks/images-acknowledgements.ts';
import { ImagesStack } from '../lib/stacks/images-stack.ts';
import { kitImagesOf } from '../lib/stacks/kit-images.ts';
import { labAcknowledgements } from '../lib/stacks/lab-acknowledgements.ts';
import { LabStack } from '../lib/stacks/lab-stack.ts';
import { type Acknowledgement, acknowledge } from '../lib/stacks/policy/acknowledge.ts';
import { productionAcknowledgements } from '../lib/stacks/production-acknowledgements.ts';
import { productionOnEcsAcknowledgements } from '../lib/stacks/production-on-ecs-acknowledgements.ts';
import { ProductionStack } from '../lib/stacks/production-stack.ts';
import {
  durableOf,
  environmentOf,
  modelPrefix,
  networkOf,
  quotaOf,
  recommendationOf,
  refuseMisspelt,
  textOf,
  vpcOf,
} from './app-context.ts';
import { allowedBy, exampleExperiment } from './app-experiment.ts';

/** Marks what a stack makes, so that its cost can be told apart, and settles what the policies find in it. */
function place(part: string, stack: Stack, acknowledgements: readonly Acknowledgement[]): void {
  Tags.of(stack).add('infersweep:stack', part);
  acknowledge(stack, acknowledgements);
}

/** Reads the context of `app`, whose keys stand at the head of `app.ts`. @throws ContextError, whose message says what to type */
export async function buildApp(app: App): Promise<void> {
  const context = (key: string): unknown => app.node.tryGetContext(key);
  refuseMisspelt(Object.keys(app.node.getAllContext()));
  const env = environmentOf(context);
  const vpcId = vpcOf(context);
  const allowed = allowedBy(textOf(context, 'experiment') ?? exampleExperiment);

  const guard = new GuardStack(app, 'InfersweepGuard', { instanceTypes: allowed.instanceTypes, env });
  place('guard', guard, guardAcknowledgements(guard));
  const vpc = vpcId === null ? undefined : Vpc.fromLookup(guard, 'Vpc', { vpcId });
  const network = vpc ? { vpc, assignPublicIp: vpc.privateSubnets.length === 0 } : networkOf(context);

  const kitImages = kitImagesOf(readImagesLock(containersFolder));
  const images = new ImagesStack(app, 'InfersweepImages', { guard, images: kitImages, network, env });
  place(
    'images',
    images,
    imagesAcknowledgements(
      kitImages.map(({ name }) => name),
      true,
    ),
  );
  const lab = new LabStack(app, 'InfersweepLab', {
    guard,
    artifacts: images.artifacts,
    network: images.network,
    durable: durableOf(context),
    families: allowed.families.length > 0 ? allowed.families : undefined,
    env,
  });
  place(
    'lab',
    lab,
    labAcknowledgements(images.stackName, false, { durable: lab.sweep !== null, controller: lab.controller !== null }),
  );

  const image = textOf(context, 'image');
  const model = textOf(context, 'model');
  const recommendation = recommendationOf(context);
  // One stack per experiment: the next model must not replace the one that serves.
  const production = new ProductionStack(app, `InfersweepProduction-${recommendation.experiment}`, {
    recommendation,
    image: image === null ? undefined : ModelImage.fromUri(image),
    modelData: model === null ? undefined : ModelData.fromUri(model),
    quotaInstances: quotaOf(context),
    vpc,
    env,
  });
  place(
    'production',
    production,
    production.service
      ? productionOnEcsAcknowledgements({ modelPrefix: modelPrefix(model), ownVpc: vpc !== undefined })
      : productionAcknowledgements(modelPrefix(model)),
  );

  const comparison = textOf(context, 'comparison');
  if (comparison !== null) {
    const [{ ComparisonStack }, { comparisonOf }, { comparisonAcknowledgements }] = await Promise.all([
      import('../lib/stacks/comparison-stack.ts'),
      import('./app-comparison.ts'),
      import('../lib/stacks/comparison-acknowledgements.ts'),
    ]);
    const { modelPrefixes, ...props } = comparisonOf(comparison, guard);
    const stack = new ComparisonStack(app, `InfersweepComparison-${props.experiment}`, { ...props, env });
    place('comparison', stack, comparisonAcknowledgements(stack, modelPrefixes));
  }
}
