import { Validations } from 'aws-cdk-lib';
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
export function acknowledge<Stack extends Construct>(stack: Stack, entries: readonly Acknowledgement[]): Stack {
  for (const { id, at, reason } of entries) {
    const construct = at
      .split('/')
      .reduce<Construct | undefined>((found, name) => found?.node.tryFindChild(name) as Construct | undefined, stack);
    if (!construct)
      throw new Error(`${stack.node.path} has no ${at}: its acknowledgement of ${id} is stale, delete it.`);
    Validations.of(construct).acknowledge({ id, reason });
  }
  return stack;
}
