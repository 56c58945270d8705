/** An `InstanceService` in a stack of its own, with one thing changed. */
import { App, Stack, type StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { InstanceService, type InstanceServiceProps } from '../../lib/constructs/instance-service.ts';
import { ModelData } from '../../lib/constructs/model-data.ts';
import { ModelImage } from '../../lib/constructs/model-image.ts';

export const image = ModelImage.fromUri(`123456789012.dkr.ecr.us-east-1.amazonaws.com/server@sha256:${'0'.repeat(64)}`);

export function serviceWith(
  change: (stack: Stack) => Partial<InstanceServiceProps> = () => ({}),
  stackProps?: StackProps,
) {
  const stack = new Stack(new App(), 'Test', stackProps);
  const service = new InstanceService(stack, 'Service', {
    vpc: new Vpc(stack, 'Vpc', { natGateways: 1 }),
    instanceType: 'g4dn.xlarge',
    image,
    modelData: ModelData.fromUri('s3://models/bert/1/model.tar.gz'),
    ...change(stack),
  });
  return { stack, service, template: () => Template.fromStack(stack) };
}

/** Containers of the only task definition. */
export function containersOf(template: Template): Record<string, unknown>[] {
  const [task] = Object.values(template.findResources('AWS::ECS::TaskDefinition'));
  return task!['Properties'].ContainerDefinitions;
}

/** The script of the instances, joined; references as `<LogicalId>`. */
export function userDataOf(template: Template): string {
  const [launch] = Object.values(template.findResources('AWS::EC2::LaunchTemplate'));
  const parts = launch!['Properties'].LaunchTemplateData.UserData['Fn::Base64']['Fn::Join'][1] as (
    | string
    | { Ref: string }
  )[];
  return parts.map((part) => (typeof part === 'string' ? part : `<${part.Ref}>`)).join('');
}
