/** What serves an experiment, told by the tags that `ProductionStack` puts on all it makes. */

import { pages } from './pages.ts';
import type { TaggingApi } from './reap/aws-inventory.ts';

/** What callers reach: the endpoint, or the service of the load balancer. */
const SERVES = /^arn:[^:]+:(sagemaker:[^:]+:[^:]+:endpoint\/|ecs:[^:]+:[^:]+:service\/)/;

export interface Serving {
  arn: string;
  configuration: string;
  /** Run that it was promoted from; null when it was deployed without `promote`. */
  run: string | null;
}

export async function inProduction(tagging: TaggingApi, experiment: string): Promise<Serving[]> {
  const TagFilters = [
    { Key: 'infersweep:stack', Values: ['production'] },
    { Key: 'infersweep:experiment', Values: [experiment] },
  ];
  const all = pages(
    (PaginationToken) => tagging.getResources({ TagFilters, PaginationToken }),
    ({ PaginationToken }) => PaginationToken,
  );
  const found: Serving[] = [];
  for await (const { ResourceTagMappingList } of all) {
    for (const { ResourceARN: arn = '', Tags = [] } of ResourceTagMappingList ?? []) {
      if (!SERVES.test(arn)) continue;
      const tag = (key: string) => Tags.find(({ Key }) => Key === key)?.Value ?? null;
      found.push({
        arn,
        configuration: tag('infersweep:configuration') ?? 'unknown',
        run: tag('infersweep:promoted-from'),
      });
    }
  }
  return found;
}
