import { Stack, Token, Validations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** A finding that stays, and why. */
export interface Acknowledgement {
  /** As the report prints it: `AwsSolutions-IAM5[Resource::*]`, `infersweep-policy::image-pinned`. */
  readonly id: string;
  /** Construct below the stack that it concerns, `Model/Role`; as narrow as can be. */
  readonly at: string;
  readonly reason: string;
}

/** Acknowledges findings on the constructs that cause them. @throws when one of these is not there: a stale entry. */
export function acknowledge<Placed extends Construct>(stack: Placed, entries: readonly Acknowledgement[]): Placed {
  for (const { id, at, reason } of entries) {
    const construct = at
      .split('/')
      .reduce<Construct | undefined>((found, name) => found?.node.tryFindChild(name) as Construct | undefined, stack);
    if (!construct)
      throw new Error(`${stack.node.path} has no ${at}: its acknowledgement of ${id} is stale, delete it.`);
    for (const spelling of spellings(id, Stack.of(stack)))
      Validations.of(construct).acknowledge({ id: spelling, reason });
  }
  return stack;
}

/** A finding prints what its construct knows: the account, region and partition of a named environment, each or none. */
function spellings(id: string, { account, region, partition }: Stack): Set<string> {
  const found = new Set([id]);
  for (const [name, value] of Object.entries({ AccountId: account, Region: region, Partition: partition })) {
    if (Token.isUnresolved(value)) continue;
    for (const text of [...found]) found.add(text.replaceAll(`<AWS::${name}>`, value));
  }
  return found;
}
