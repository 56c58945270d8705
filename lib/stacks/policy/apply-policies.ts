import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { PolicyPlugin } from './policy-plugin.ts';

/** The kit's own rules and AwsSolutions of cdk-nag: a synth with a finding that nobody acknowledged fails. */
export function applyPolicies(app: App): void {
  Validations.of(app).addPlugins(new PolicyPlugin(), new AwsSolutionsChecks(app));
}
