/** What a role of a template may do, as lines of text that can be compared as a whole. */
import type { Template } from 'aws-cdk-lib/assertions';
import type { Statement } from './templates.ts';

/** Text of a value with every intrinsic of CloudFormation that yields text put in by name: `<AWS::Region>`, `<Logs.Arn>`. */
export function rendered(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [key, inner] = Object.entries(value)[0] as [string, unknown];
  if (key === 'Fn::Base64') return rendered(inner);
  if (key === 'Fn::Sub') return rendered(inner).replace(/\$\{([^}]+)\}/g, '<$1>');
  if (key === 'Ref') return `<${inner}>`;
  if (key === 'Fn::GetAtt') return `<${(inner as string[]).join('.')}>`;
  if (key === 'Fn::Join') {
    const [separator, parts] = inner as [string, unknown[]];
    return parts.map(rendered).join(separator);
  }
  return JSON.stringify(value);
}

/** Statements of one role: those of its own policies in the template. */
export function statementsOfRole(template: Template, roleLogicalId: string): Statement[] {
  return Object.values(template.findResources('AWS::IAM::Policy'))
    .filter((policy) => JSON.stringify(policy['Properties'].Roles).includes(`"${roleLogicalId}"`))
    .flatMap((policy) => policy['Properties'].PolicyDocument.Statement);
}

/** `action on resource`, one line each, sorted: what a role may do, to be compared as a whole. */
export function allowed(statements: readonly Statement[]): string[] {
  return statements
    .flatMap(({ Action, Resource }) =>
      [Action].flat().flatMap((action) => [Resource].flat().map((resource) => `${action} on ${rendered(resource)}`)),
    )
    .sort();
}
