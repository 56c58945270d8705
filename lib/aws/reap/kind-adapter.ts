import type { CloudResource, DeleteAnswer, ResourceKind } from '../../core/ports/inventory.ts';

/** How one service lists and ends what the reaper may end. */
export interface KindAdapter {
  kind: ResourceKind;
  /** The call, for messages. */
  source: string;
  /** Whether an ARN that the tagging API names would be of this kind. */
  owns(arn: string): boolean;
  /** By name prefix, by tag where the service can, and what the tagging API named besides. */
  list(tagged: readonly string[]): Promise<CloudResource[]>;
  delete(resource: CloudResource): Promise<DeleteAnswer>;
}

/** Tags as most services write them. */
export function tagsOf(pairs: readonly { Key?: string; Value?: string }[] | undefined): Record<string, string> {
  return Object.fromEntries((pairs ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));
}

/** Last part of an ARN: the name or id. */
export function nameIn(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

/** Runs the call; an error that means "there is no such thing" becomes `absent`. */
export async function unless<T, A>(
  isAbsence: (error: unknown) => boolean,
  absent: A,
  call: () => Promise<T>,
): Promise<T | A> {
  try {
    return await call();
  } catch (error) {
    if (isAbsence(error)) return absent;
    throw error;
  }
}

/** Errors of the SDK carry the service's code as their name. */
export function isNamed(error: unknown, name: string): error is Error {
  return error instanceof Error && error.name === name;
}
