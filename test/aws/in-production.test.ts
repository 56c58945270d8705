import { describe, expect, it } from 'vitest';
import { inProduction } from '../../lib/aws/in-production.ts';

const arn = (rest: string) => `arn:aws:${rest}`;
const tags = (all: Record<string, string>) => Object.entries(all).map(([Key, Value]) => ({ Key, Value }));

describe('what serves in production', () => {
  it('is the endpoint or the service of every page, by the tags of its stack', async () => {
    const asked: unknown[] = [];
    const page1 = [
      { ResourceARN: arn('sagemaker:us-east-1:123456789012:model/m'), Tags: tags({}) },
      {
        ResourceARN: arn('sagemaker:us-east-1:123456789012:endpoint/e'),
        Tags: tags({ 'infersweep:configuration': 'a@sagemaker/ml.g4dn.xlarge', 'infersweep:promoted-from': 'run-1' }),
      },
      { ResourceARN: arn('sagemaker:us-east-1:123456789012:endpoint-config/e'), Tags: tags({}) },
    ];
    const page2 = [{ ResourceARN: arn('ecs:us-east-1:123456789012:service/c/s'), Tags: tags({}) }];
    const tagging = {
      getResources: async (input: { TagFilters?: unknown; PaginationToken?: string | undefined }) => {
        asked.push(input.TagFilters);
        return input.PaginationToken === undefined
          ? { ResourceTagMappingList: page1, PaginationToken: 'more' }
          : { ResourceTagMappingList: page2, PaginationToken: '' };
      },
    };
    expect(await inProduction(tagging as never, 'cloud')).toEqual([
      { arn: page1[1]!.ResourceARN, configuration: 'a@sagemaker/ml.g4dn.xlarge', run: 'run-1' },
      { arn: page2[0]!.ResourceARN, configuration: 'unknown', run: null },
    ]);
    expect(asked).toHaveLength(2);
    expect(asked[0]).toEqual([
      { Key: 'infersweep:stack', Values: ['production'] },
      { Key: 'infersweep:experiment', Values: ['cloud'] },
    ]);
  });
});
