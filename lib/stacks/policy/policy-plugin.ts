import { dirname } from 'node:path';
import type {
  IPolicyValidationContext,
  IPolicyValidationPlugin,
  PolicyValidationPluginReport,
  PolicyViolation,
} from 'aws-cdk-lib';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import type { Template } from '../../core/cost/template.ts';
import { rules } from './all-rules.ts';
import type { Finding, Rule } from './rule.ts';

/**
 * The kit's own rules in the validation engine of CDK: they run at synth, offline, on the templates as they were written.
 * A finding fails the synth unless acknowledged as `infersweep-policy::<rule>` on the construct or above it.
 */
export class PolicyPlugin implements IPolicyValidationPlugin {
  readonly name = 'infersweep-policy';
  readonly ruleIds = rules.map((rule) => rule.name);

  validate({ stackTemplates }: IPolicyValidationContext): PolicyValidationPluginReport {
    const read = templateReader();
    const violations = stackTemplates.flatMap(({ templatePath, stackConstructPath }) => {
      const template = read(templatePath);
      return rules.flatMap((rule) =>
        rule.check(template).map((finding) => violationOf(rule, finding, templatePath, stackConstructPath)),
      );
    });
    return { success: violations.length === 0, violations };
  }
}

function violationOf(rule: Rule, finding: Finding, templatePath: string, stackPath: string): PolicyViolation {
  return {
    ruleName: rule.name,
    description: `${finding.what}. ${rule.description}`,
    fix: rule.fix,
    severity: 'error',
    violatingResources: [
      {
        ...(finding.logicalId === null ? { constructPath: stackPath } : { resourceLogicalId: finding.logicalId }),
        templatePath,
        locations: [finding.location],
      },
    ],
  };
}

/** Assemblies know their templates; each is read once. */
function templateReader(): (path: string) => Template {
  const assemblies = new Map<string, CloudAssembly>();
  return (path) => {
    const folder = dirname(path);
    if (!assemblies.has(folder)) assemblies.set(folder, new CloudAssembly(folder, { skipVersionCheck: true }));
    const stack = assemblies.get(folder)!.stacks.find(({ templateFullPath }) => templateFullPath === path);
    if (!stack) throw new Error(`the assembly in ${folder} has no stack whose template is ${path}`);
    return stack.template as Template;
  };
}
