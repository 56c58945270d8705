/**
 * The same resources without the kit: `bare-app.js FOLDER` reads the templates of an assembly and declares what is in them as
 * plain L1 resources, with the same files as assets. It imports, as an ES module like the kit's app, the modules that hold these types, and nothing else.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, CfnCondition, CfnMapping, CfnParameter, CfnResource, Stack } from 'aws-cdk-lib';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Template } from '../../lib/core/cost/template.ts';

const folder = process.argv[2]!;
const app = new App();
for (const file of readdirSync(folder).filter((name) => name.endsWith('.template.json'))) await declare(file);
app.synth();

interface Manifest {
  files: Record<string, { source: { path: string; packaging: string } }>;
}

/** What the stack uploads beside its template. */
function declareAssets(stack: Stack): void {
  const { files } = JSON.parse(readFileSync(join(folder, `${stack.stackName}.assets.json`), 'utf8')) as Manifest;
  for (const [hash, { source }] of Object.entries(files)) {
    if (!source.path.endsWith('.template.json')) new Asset(stack, hash, { path: join(folder, source.path) });
  }
}

async function declare(file: string): Promise<void> {
  const template = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Template;
  const stack = new Stack(app, file.replace('.template.json', ''));
  declareAssets(stack);
  for (const [id, { Type: type, Default: value, AllowedPattern }] of Object.entries(template.Parameters ?? {})) {
    // CDK adds its own to every stack.
    if (id !== 'BootstrapVersion')
      new CfnParameter(stack, id, { type, default: value, allowedPattern: AllowedPattern });
  }
  for (const [id, mapping] of Object.entries(template.Mappings ?? {})) new CfnMapping(stack, id, { mapping });
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
