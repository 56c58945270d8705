/**
 * The same resources without the kit: `bare-app.js FOLDER` reads the templates of an assembly and declares what is in them as
 * plain L1 resources. It imports, as an ES module like the kit's app, the modules that hold these types, and nothing else.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, CfnCondition, CfnParameter, CfnResource, Stack } from 'aws-cdk-lib';
import type { Template } from '../../lib/core/cost/template.ts';

const folder = process.argv[2]!;
const app = new App();
for (const file of readdirSync(folder).filter((name) => name.endsWith('.template.json'))) await declare(file);
app.synth();

async function declare(file: string): Promise<void> {
  const template = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Template;
  const stack = new Stack(app, file.replace('.template.json', ''));
  for (const [id, { Type: type, Default: value, AllowedPattern }] of Object.entries(template.Parameters ?? {})) {
    // CDK adds its own to every stack.
    if (id !== 'BootstrapVersion')
      new CfnParameter(stack, id, { type, default: value, allowedPattern: AllowedPattern });
  }
  for (const [id, expression] of Object.entries(template.Conditions ?? {}))
    new CfnCondition(stack, id, { expression: { creationStack: [], resolve: () => expression } as never });
  for (const [id, { Type: type, Properties: properties }] of Object.entries(template.Resources ?? {})) {
    await moduleOf(type);
    new CfnResource(stack, id, { type, properties });
  }
}

/** `AWS::SageMaker::Model` is in `aws-cdk-lib/aws-sagemaker`. */
async function moduleOf(type: string): Promise<void> {
  const [vendor, service] = type.split('::');
  if (vendor === 'AWS') await import(`aws-cdk-lib/aws-${service!.toLowerCase()}`);
}
