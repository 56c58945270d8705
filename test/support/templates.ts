/** What the assertions of CDK need beyond `Template`. */
import type { Template } from 'aws-cdk-lib/assertions';

export interface Statement {
  Action: string | string[];
  Resource: unknown;
  Condition?: unknown;
}

/** Every statement of every policy in the template. */
export function statementsOf(template: Template): Statement[] {
  return Object.values(template.findResources('AWS::IAM::Policy')).flatMap(
    (policy) => policy['Properties'].PolicyDocument.Statement,
  );
}

/** Actions allowed on any resource at all. */
export function actionsOnEverything(template: Template): string[] {
  return statementsOf(template)
    .filter(({ Resource }) => [Resource].flat().includes('*'))
    .flatMap(({ Action }) => Action)
    .sort();
}

/** Bodies of the template's dashboards as CloudWatch will read them, references written as `<logical id>`. */
export function dashboardsOf(template: Template): { widgets: Widget[] }[] {
  return Object.values(template.findResources('AWS::CloudWatch::Dashboard')).map(({ Properties }) =>
    JSON.parse(textOf(Properties.DashboardBody)),
  );
}

export interface Widget {
  type: string;
  properties: Record<string, unknown>;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const join = (value as { 'Fn::Join'?: [string, unknown[]] })['Fn::Join'];
  if (join) return join[1].map(textOf).join(join[0]);
  const [of] = Object.values(value as Record<string, string | string[]>);
  return `<${[of].flat()[0]}>`;
}
