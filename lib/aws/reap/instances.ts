import type { EC2, Filter, Instance } from '@aws-sdk/client-ec2';
import { namePrefix, tagKeys } from '../../core/plan/tags.ts';
import type { CloudResource } from '../../core/ports/inventory.ts';
import { pages } from '../pages.ts';
import { isNamed, type KindAdapter, nameIn, tagsOf, unless } from './kind-adapter.ts';

export type Ec2Api = Pick<EC2, 'describeInstances' | 'terminateInstances'>;

/** A terminated instance is listed for about an hour; it costs nothing and is gone. */
const ALIVE: Filter = {
  Name: 'instance-state-name',
  Values: ['pending', 'running', 'shutting-down', 'stopping', 'stopped'],
};

export function instances(api: Ec2Api): KindAdapter {
  return {
    kind: 'instance',
    source: 'ec2:DescribeInstances',
    owns: (arn) => /^arn:[^:]+:ec2:[^:]*:[^:]*:instance\//.test(arn),
    async list() {
      const found = new Map<string, CloudResource>();
      for (const filter of [
        { Name: 'tag-key', Values: [tagKeys.run] },
        { Name: 'tag:Name', Values: [`${namePrefix}*`] },
      ]) {
        const all = pages(
          (NextToken) => api.describeInstances({ Filters: [filter, ALIVE], NextToken }),
          ({ NextToken }) => NextToken,
        );
        for await (const { Reservations } of all) {
          for (const { OwnerId, Instances } of Reservations ?? []) {
            for (const i of Instances ?? []) found.set(i.InstanceId!, resourceOf(i, OwnerId!));
          }
        }
      }
      return [...found.values()];
    },
    delete: ({ arn }) =>
      unless(
        (error) => isNamed(error, 'InvalidInstanceID.NotFound'),
        'gone' as const,
        () => api.terminateInstances({ InstanceIds: [nameIn(arn)] }).then(() => 'accepted' as const),
      ),
  };
}

/** EC2 names no ARN; the availability zone carries the region. */
function resourceOf({ InstanceId, Placement, State, Tags }: Instance, owner: string): CloudResource {
  const status = State!.Name!;
  const tags = tagsOf(Tags);
  const region = /^[a-z]+(?:-[a-z]+)+-\d+/.exec(Placement?.AvailabilityZone ?? '')?.[0] ?? '';
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  return {
    kind: 'instance',
    arn: `arn:${partition}:ec2:${region}:${owner}:instance/${InstanceId}`,
    name: tags['Name'] ?? InstanceId!,
    tags,
    tagsError: null,
    state: status === 'shutting-down' ? 'ending' : 'live',
    status,
  };
}
