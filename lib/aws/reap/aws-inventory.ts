import type { ResourceGroupsTaggingAPI } from '@aws-sdk/client-resource-groups-tagging-api';
import { tagKeys } from '../../core/plan/tags.ts';
import type { CloudResource, Inventory, Listing, ResourceKind } from '../../core/ports/inventory.ts';
import { pages } from '../pages.ts';
import { deadlines, type SchedulerApi } from './deadlines.ts';
import { type Ec2Api, instances } from './instances.ts';
import { type KindAdapter, nameIn, tagsOf } from './kind-adapter.ts';
import { type SageMakerApi, sagemakerKinds } from './sagemaker-kinds.ts';
import { type EcsApi, tasks } from './tasks.ts';

export type TaggingApi = Pick<ResourceGroupsTaggingAPI, 'getResources'>;

export interface InventoryClients {
  sagemaker: SageMakerApi;
  ec2: Ec2Api;
  ecs: EcsApi;
  scheduler: SchedulerApi;
  tagging: TaggingApi;
}

/** Everything of the kit in one region of one account, through two channels: the tagging API, and each service's own listing. */
export class AwsInventory implements Inventory {
  private readonly adapters: readonly KindAdapter[];
  private readonly tagging: TaggingApi;

  constructor({ sagemaker, ec2, ecs, scheduler, tagging }: InventoryClients, deadlineGroup: string) {
    this.tagging = tagging;
    this.adapters = [...sagemakerKinds(sagemaker), instances(ec2), tasks(ecs), deadlines(scheduler, deadlineGroup)];
  }

  async list(): Promise<Listing> {
    const listing: Listing = { resources: [], failures: [] };
    const attempt = async (source: string, kinds: readonly ResourceKind[], call: () => Promise<CloudResource[]>) => {
      try {
        listing.resources.push(...(await call()));
      } catch (error) {
        listing.failures.push({ source, kinds, error: `${(error as Error).name}: ${(error as Error).message}` });
      }
    };
    let tagged: CloudResource[] = [];
    const everyKind = [...this.adapters.map(({ kind }) => kind), 'other' as const];
    await attempt('tag:GetResources', everyKind, async () => {
      tagged = await taggedResources(this.tagging);
      return tagged.filter(({ arn }) => !this.adapterOf(arn));
    });
    for (const adapter of this.adapters) {
      const named = tagged.map(({ arn }) => arn).filter((arn) => adapter.owns(arn));
      await attempt(adapter.source, [adapter.kind], () => adapter.list(named));
    }
    return listing;
  }

  async delete(resource: CloudResource) {
    const adapter = this.adapters.find(({ kind }) => kind === resource.kind);
    if (!adapter) throw new Error(`no way to delete ${resource.arn}: the reaper knows no such kind`);
    return adapter.delete(resource);
  }

  private adapterOf(arn: string): KindAdapter | undefined {
    return this.adapters.find((adapter) => adapter.owns(arn));
  }
}

async function taggedResources(api: TaggingApi): Promise<CloudResource[]> {
  const found: CloudResource[] = [];
  const all = pages(
    (PaginationToken) => api.getResources({ TagFilters: [{ Key: tagKeys.run }], PaginationToken }),
    ({ PaginationToken }) => PaginationToken,
  );
  for await (const { ResourceTagMappingList } of all) {
    for (const { ResourceARN, Tags } of ResourceTagMappingList ?? []) {
      const arn = ResourceARN!;
      const status = 'tagged';
      found.push({ kind: 'other', arn, name: nameIn(arn), tags: tagsOf(Tags), tagsError: null, state: 'live', status });
    }
  }
  return found;
}
