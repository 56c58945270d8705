/** What a run holds on SageMaker, by listing. */
import { type Tags, tagKeys } from '../core/plan/tags.ts';
import type { CloudResource } from '../core/ports/inventory.ts';
import type { ListedResource } from '../core/ports/target.ts';
import { type HostingKind, type SageMakerApi, sagemakerKinds } from './reap/sagemaker-kinds.ts';

export interface HostingList {
  listed: ListedResource[];
  /** Names of the run's endpoints. */
  seen: ReadonlySet<string>;
}

/** Throws when a listing fails: absence is then not known. */
export async function listHosting(api: SageMakerApi, region: string, runId: string): Promise<HostingList> {
  const listed: ListedResource[] = [];
  const seen = new Set<string>();
  for (const kind of sagemakerKinds(api)) {
    for (const found of await kind.list([])) {
      if (!mayBeOf(runId, found.tags)) continue;
      if (kind.kind === 'endpoint') seen.add(found.name);
      listed.push(rowOf(kind.kind, found, region));
    }
  }
  return { listed, seen };
}

/** Another run tears down its own; without a readable run nobody can tell. */
function mayBeOf(runId: string, tags: Tags | null): boolean {
  const run = tags?.[tagKeys.run];
  return run === undefined || run === runId;
}

function rowOf(
  kind: HostingKind['kind'],
  { arn, name, tags, tagsError }: CloudResource,
  region: string,
): ListedResource {
  const unowned = tags !== null && tags[tagKeys.run] === undefined;
  const doubt = unowned ? `it bears the kit's name and no tag ${tagKeys.run}` : tagsError;
  return {
    kind,
    id: arn,
    name,
    endCommand: `aws sagemaker delete-${kind} --${kind}-name ${name} --region ${region}`,
    ...(doubt === null ? {} : { doubt }),
  };
}
