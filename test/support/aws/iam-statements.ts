/** Statements of a template, with the loopback's ARNs where the template refers to something, and each under a name. */
import type { IamStatement } from '../iam.ts';
import type { Policies } from './iam-enforcement.ts';
import { account, region } from './world.ts';

/** By the beginning of what is referred to: `LedgerTable` for `<LedgerTable9343E4AA.Arn>`. */
export type References = Record<string, string>;

const PSEUDO: References = {
  'AWS::Partition': 'aws',
  'AWS::Region': region,
  'AWS::AccountId': account,
};

/** `literals` are replaced as they stand: names that a template gives itself. */
export function resolved(
  statements: readonly IamStatement[],
  references: References,
  literals: References = {},
): IamStatement[] {
  const resolve = (text: string): string => {
    const filled = text.replace(/<([^<>]+)>/g, (_whole, reference: string) => {
      const known = PSEUDO[reference] ?? Object.entries(references).find(([begin]) => reference.startsWith(begin))?.[1];
      if (known === undefined) throw new Error(`a statement refers to ${reference}: name what it is on the loopback`);
      return known;
    });
    return Object.entries(literals).reduce((t, [from, to]) => t.replaceAll(from, to), filled);
  };
  return statements.map((statement) => ({
    ...statement,
    Resource: statement.Resource.map(resolve),
    Condition: Object.fromEntries(
      Object.entries(statement.Condition).map(([operator, keys]) => [
        operator,
        Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, values.map(resolve)])),
      ]),
    ),
  }));
}

/** Its Sid, or what it is about: `dynamodb:GetItem+4 on …/guard-ledger`. */
export function nameOf({ Sid, Action, Resource }: IamStatement): string {
  if (Sid !== undefined) return Sid;
  const more = Action.length > 1 ? `+${Action.length - 1}` : '';
  return `${Action[0]}${more} on ${Resource[0]!.split(':').at(-1)}`;
}

/** Every statement of every role, for whoever takes them away one by one. */
export function statementsIn(policies: Policies): { roleArn: string; name: string; statement: IamStatement }[] {
  return Object.entries(policies).flatMap(([roleArn, statements]) =>
    statements.map((statement) => ({ roleArn, name: nameOf(statement), statement })),
  );
}

/** The policies without one statement of a role; its name as `nameOf` has it. */
export function withoutStatement(policies: Policies, roleArn: string, name: string): Policies {
  const statements = policies[roleArn] ?? [];
  const left = statements.filter((statement) => nameOf(statement) !== name);
  if (left.length !== statements.length - 1) {
    throw new Error(`${statements.length - left.length} statements of ${roleArn} are called ${name}`);
  }
  return { ...policies, [roleArn]: left };
}
