import { jsonService } from '../service.ts';
import { page } from '../world.ts';

/** Lags behind: what is terminated is still named. Schedules cannot be tagged. */
export const tagging = jsonService(
  'tag',
  (world, _operation, body: { TagFilters: { Key: string; Values?: string[] }[]; PaginationToken?: string }) => {
    const passes = (tags: Record<string, string>) =>
      body.TagFilters.every(
        ({ Key, Values = [] }) => tags[Key] !== undefined && (Values.length === 0 || Values.includes(tags[Key])),
      );
    const all = world.visible().filter(({ kind, tags }) => kind !== 'schedule' && passes(tags));
    const { items, next } = page(all, body.PaginationToken);
    const rows = items.map(({ arn, tags }) => ({
      ResourceARN: arn,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }));
    return { ResourceTagMappingList: rows, PaginationToken: next ?? '' };
  },
);
