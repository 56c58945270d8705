/**
 * The CDK app: `npx cdk synth|deploy`. Context:
 *   -c recommendation=FILE   what goes to production (default: the one file in promoted/, else examples/triton-instance-sweep)
 *   -c image=URI             ECR image of the model server (default: CloudFormation parameter `Image`)
 *   -c model=s3://…          prepared model, .tar.gz or prefix/ (default: parameters `ModelBucket`, `ModelKey`)
 *   -c quota=N               instances of the chosen type that the account may run (default: not capped)
 *   -c experiment=FILE       which instance types sweeps may start (default: those of examples/triton-instance-sweep)
 *   -c network=public|isolated   where sweeps run (default: public, without NAT)
 *   -c durable=no            Lambda in the region has no durable functions: sweeps are driven by a task (default: yes)
 *   -c vpc=vpc-…             a network that is there already, for sweeps and for production; needs env
 *   -c comparison=FILE       configurations side by side for a set time (default: none)
 *   -c env=ACCOUNT/REGION    one environment (default: a template for any)
 */
import { App } from 'aws-cdk-lib';
import { buildApp } from './app-stacks.ts';

try {
  const app = new App();
  await buildApp(app);
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
