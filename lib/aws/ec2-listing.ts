/** What a run holds on EC2, by tags and never by memory. */
import type { EC2, Instance } from '@aws-sdk/client-ec2';
import { namePrefix, tagKeys } from '../core/plan/tags.ts';
import type { ListedResource } from '../core/ports/target.ts';
import { pages } from './pages.ts';
import { tagsOf } from './reap/kind-adapter.ts';

export interface Listing {
  listed: ListedResource[];
  /** Names of the run's instances, those that are over included. */
  seen: ReadonlySet<string>;
}

/** An instance is billed, and may come back, until it is terminated; then it is listed for about an hour. Throws. */
export async function listHosts(ec2: Pick<EC2, 'describeInstances'>, runId: string): Promise<Listing> {
  const listed = new Map<string, ListedResource>();
  const seen = new Set<string>();
  for (const filter of [
    { Name: `tag:${tagKeys.run}`, Values: [runId] },
    { Name: 'tag:Name', Values: [`${namePrefix}*`] },
  ]) {
    const all = pages(
      (NextToken) => ec2.describeInstances({ Filters: [filter], NextToken }),
      ({ NextToken }) => NextToken,
    );
    for await (const { Reservations } of all) {
      for (const instance of (Reservations ?? []).flatMap((r) => r.Instances ?? [])) {
        const tags = tagsOf(instance.Tags);
        const run = tags[tagKeys.run];
        // Named by the kit for another run, which tears down its own.
        if (run !== undefined && run !== runId) continue;
        if (run === runId) seen.add(tags['Name'] ?? instance.InstanceId!);
        if (instance.State?.Name === 'terminated') continue;
        listed.set(instance.InstanceId!, rowOf(instance, tags, run === undefined));
      }
    }
  }
  return { listed: [...listed.values()], seen };
}

function rowOf(instance: Instance, tags: Record<string, string>, unowned: boolean): ListedResource {
  const id = instance.InstanceId!;
  const region = /^[a-z]+(?:-[a-z]+)+-\d+/.exec(instance.Placement?.AvailabilityZone ?? '')?.[0];
  return {
    kind: 'instance',
    id,
    name: tags['Name'] ?? id,
    endCommand: `aws ec2 terminate-instances --instance-ids ${id}${region === undefined ? '' : ` --region ${region}`}`,
    ...(unowned ? { doubt: `it bears the kit's name and no tag ${tagKeys.run}` } : {}),
  };
}
