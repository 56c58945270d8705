/** What IAM would say: the statements of a synthesised role, evaluated for a request. Only what the kit's policies use. */
import type { Template } from 'aws-cdk-lib/assertions';

export interface IamStatement {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  Action: string[];
  Resource: string[];
  Condition: Record<string, Record<string, string[]>>;
}

export interface IamRequest {
  action: string;
  resource: string;
  /** Condition keys of the request and the resource; what is absent is absent. */
  context?: Record<string, string | string[]>;
}

/** Statements of the inline policies of the role whose logical id begins so, tokens written as `<AWS::Region>`. */
export function statementsOfRole(template: Template, logicalIdPrefix: string): IamStatement[] {
  const found = Object.values(template.findResources('AWS::IAM::Policy')).filter(({ Properties }) =>
    Properties.Roles.some((role: { Ref?: string }) => role.Ref?.startsWith(logicalIdPrefix)),
  );
  if (found.length === 0) throw new Error(`no policy of a role ${logicalIdPrefix}…`);
  return found.flatMap(({ Properties }) => Properties.PolicyDocument.Statement.map(plain));
}

/** Statements of the one policy that begins so, which a stack attaches to a role of another. */
export function statementsOfPolicy(template: Template, logicalIdPrefix: string): IamStatement[] {
  const found = Object.entries(template.findResources('AWS::IAM::Policy')).filter(([id]) =>
    id.startsWith(logicalIdPrefix),
  );
  if (found.length !== 1) throw new Error(`${found.length} policies begin with ${logicalIdPrefix}`);
  return found[0]![1]['Properties'].PolicyDocument.Statement.map(plain);
}

function plain(statement: Record<string, unknown>): IamStatement {
  const condition = (statement['Condition'] ?? {}) as Record<string, Record<string, unknown>>;
  return {
    ...(statement['Sid'] === undefined ? {} : { Sid: statement['Sid'] as string }),
    Effect: statement['Effect'] as IamStatement['Effect'],
    Action: [statement['Action']].flat() as string[],
    Resource: [statement['Resource']].flat().map(text),
    Condition: Object.fromEntries(
      Object.entries(condition).map(([operator, keys]) => [
        operator,
        Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, [value].flat().map(text)])),
      ]),
    ),
  };
}

/** An intrinsic as text. */
export function text(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[kind, argument]] = Object.entries(value as object) as [[string, unknown]];
  if (kind === 'Ref') return `<${argument}>`;
  if (kind === 'Fn::GetAtt') return `<${(argument as string[]).join('.')}>`;
  if (kind === 'Fn::ImportValue') return `<${text(argument)}>`;
  if (kind === 'Fn::Join') return (argument as [string, unknown[]])[1].map(text).join((argument as [string])[0]);
  throw new Error(`cannot write ${kind} as text`);
}

export function allows(statements: readonly IamStatement[], request: IamRequest): boolean {
  const applying = statements.filter((statement) => applies(statement, request));
  return applying.some(({ Effect }) => Effect === 'Allow') && !applying.some(({ Effect }) => Effect === 'Deny');
}

function applies(
  { Action, Resource, Condition }: IamStatement,
  { action, resource, context = {} }: IamRequest,
): boolean {
  return (
    Action.some((pattern) => like(pattern, action)) &&
    Resource.some((pattern) => like(pattern, resource)) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, wanted]) => holds(operator, wanted, context[key])),
    )
  );
}

function holds(operator: string, wanted: string[], given: string | string[] | undefined): boolean {
  const values = given === undefined ? [] : [given].flat();
  switch (operator) {
    case 'Null':
      return (values.length === 0) === (wanted[0] === 'true');
    case 'StringEquals':
      return values.length === 1 && wanted.includes(values[0]!);
    // The two of ARNs are one, wildcards included ("ARN condition operators", IAM User Guide).
    case 'ArnEquals':
    case 'ArnLike':
    case 'StringLike':
      return values.length === 1 && wanted.some((pattern) => like(pattern, values[0]!));
    // True for no value at all, as IAM has it.
    case 'ForAllValues:StringEquals':
      return values.every((value) => wanted.includes(value));
    default:
      throw new Error(`condition operator ${operator} is not known here`);
  }
}

function like(pattern: string, value: string): boolean {
  const expression = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${expression}$`).test(value);
}
