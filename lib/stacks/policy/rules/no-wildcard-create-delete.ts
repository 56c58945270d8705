import type { Plain } from '../../../core/cost/template.ts';
import { each, plain, plains, type Rule } from '../rule.ts';
import { textOf } from '../text-of.ts';

/** Verbs that make what bills, or end what serves; IAM does not mind their case. */
const VERBS = ['create', 'delete', 'run', 'terminate', 'deregister'];
/**
 * Interfaces of a VPC are free, carry no tag when a service makes them, and have no name before that; streams of a log are
 * free, and CDK's own role for hosts of ECS may make any.
 */
const HARMLESS = /^(?:ec2:(?:Create|Delete)NetworkInterface(?:Permission)?|logs:CreateLogStream)$/i;
const EVERYTHING = /^(?:\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:\*)$/;
const TAG_KEY = /^(?:aws:(?:RequestTag|ResourceTag)|[a-z0-9]+:ResourceTag)\//;

export const noWildcardCreateDelete: Rule = {
  name: 'no-wildcard-create-delete',
  description: 'No identity may create or delete anything at all: such a permission reaches what other people run.',
  fix: 'Name the resources, or add a condition on aws:RequestTag/… (create) or aws:ResourceTag/… (delete).',
  check: (template) => [
    ...each(template, ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'], (p) =>
      statements(p['PolicyDocument'], 'Properties.PolicyDocument'),
    ),
    ...each(template, ['AWS::IAM::Role', 'AWS::IAM::User', 'AWS::IAM::Group'], (p) =>
      plains(p['Policies']).flatMap((policy, i) =>
        statements(policy['PolicyDocument'], `Properties.Policies.${i}.PolicyDocument`),
      ),
    ),
  ],
};

function statements(document: unknown, location: string) {
  return plains(plain(document)['Statement']).flatMap((statement, i) => {
    if (statement['Effect'] !== 'Allow' || !reachesEverything(statement) || boundToTag(statement)) return [];
    const actions = offending(statement);
    if (actions.length === 0) return [];
    return [{ location: `${location}.Statement.${i}`, what: `${actions.join(', ')} on every resource` }];
  });
}

function offending({ Action: action, NotAction: not }: Plain): string[] {
  if (not !== undefined) return ['everything but NotAction'];
  return [action]
    .flat()
    .map(String)
    .filter((name) => !HARMLESS.test(name) && createsOrDeletes(name));
}

/** Whether an action, or a pattern such as `ec2:R*`, takes one of the verbs in. */
function createsOrDeletes(name: string): boolean {
  const action = (name.split(':')[1] ?? name).toLowerCase();
  const fixed = action.split(/[*?]/)[0]!;
  return VERBS.some((verb) => fixed.startsWith(verb) || (fixed !== action && verb.startsWith(fixed)));
}

function reachesEverything({ Resource: resource, NotResource: not }: Plain): boolean {
  return not !== undefined || [resource].flat().some((one) => EVERYTHING.test(withoutTokens(one)));
}

/** A token may hold colons, and is never a wildcard. */
function withoutTokens(resource: unknown): string {
  return textOf(resource).replaceAll(/\$\{[^}]*\}/g, 'x');
}

/** `…IfExists` lets a request without the tag pass, so it binds nothing; `Null` binds where the tag must be there. */
const BINDING = /^(?:ForAnyValue:)?(?:StringEquals|StringLike|Null)$/;

function boundToTag({ Condition: condition }: Plain): boolean {
  return Object.entries(plain(condition)).some(
    ([operator, keys]) =>
      BINDING.test(operator) &&
      Object.entries(plain(keys)).some(
        ([key, value]) => TAG_KEY.test(key) && (operator !== 'Null' || String(value) === 'false'),
      ),
  );
}
