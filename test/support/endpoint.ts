/** A stack with one endpoint, and what its template says of it. */
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { InferenceEndpoint, type InferenceEndpointProps } from '../../lib/constructs/inference-endpoint.ts';
import { InferenceModel } from '../../lib/constructs/inference-model.ts';
import { ModelData } from '../../lib/constructs/model-data.ts';
import { ModelImage } from '../../lib/constructs/model-image.ts';

export const imageUri = `123456789012.dkr.ecr.us-east-1.amazonaws.com/server@sha256:${'0'.repeat(64)}`;

export function modelIn(stack: Stack, id = 'Model'): InferenceModel {
  return new InferenceModel(stack, id, { image: ModelImage.fromUri(imageUri), modelData: ModelData.inImage() });
}

export function endpointWith(props: (stack: Stack) => Partial<InferenceEndpointProps> = () => ({}), name = 'Test') {
  const stack = new Stack(new App(), name);
  const endpoint = new InferenceEndpoint(stack, 'Endpoint', {
    model: modelIn(stack),
    instanceType: 'ml.c7g.4xlarge',
    ...props(stack),
  });
  return { stack, endpoint, template: () => Template.fromStack(stack) };
}

/** As the assertions of CDK type them. */
export type Properties = ReturnType<Template['findResources']>[string];

/** The one resource of a type: its logical id and properties. */
export function only(template: Template, type: string): { id: string; properties: Properties } {
  const found = Object.entries(template.findResources(type));
  if (found.length !== 1) throw new Error(`${found.length} resources of ${type}`);
  return { id: found[0]![0], properties: found[0]![1]['Properties'] };
}
