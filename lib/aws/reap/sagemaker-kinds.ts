import type { SageMaker } from '@aws-sdk/client-sagemaker';
import { namePrefix } from '../../core/plan/tags.ts';
import type { CloudResource, DeleteAnswer } from '../../core/ports/inventory.ts';
import { pages } from '../pages.ts';
import { isNamed, type KindAdapter, nameIn, tagsOf, unless } from './kind-adapter.ts';

export type SageMakerApi = Pick<
  SageMaker,
  | 'listEndpoints'
  | 'listEndpointConfigs'
  | 'listModels'
  | 'listTags'
  | 'describeEndpoint'
  | 'describeEndpointConfig'
  | 'describeModel'
  | 'deleteEndpoint'
  | 'deleteEndpointConfig'
  | 'deleteModel'
>;

const next = ({ NextToken }: { NextToken?: string }) => NextToken;

interface Seen {
  arn: string;
  name: string;
  status: string;
}

/** An endpoint that changes refuses deletion; users waited an hour to a day (amazon-sagemaker-examples #3432). */
const BUSY = ['Creating', 'Updating', 'SystemUpdating', 'RollingBack'];

/** By name alone: nothing else of a resource is needed to end it. */
export interface HostingKind extends KindAdapter {
  kind: 'endpoint' | 'endpoint-config' | 'model';
  delete(resource: { name: string }): Promise<DeleteAnswer>;
}

/** In the order in which they are ended: nothing goes below what uses it. */
export function sagemakerKinds(api: SageMakerApi): [HostingKind, HostingKind, HostingKind] {
  const NameContains = namePrefix;
  return [
    kind(api, 'endpoint', {
      source: 'sagemaker:ListEndpoints',
      async *list() {
        const all = pages((NextToken) => api.listEndpoints({ NameContains, NextToken }), next);
        for await (const { Endpoints } of all) {
          for (const e of Endpoints ?? [])
            yield { arn: e.EndpointArn!, name: e.EndpointName!, status: e.EndpointStatus! };
        }
      },
      status: async (EndpointName) => (await api.describeEndpoint({ EndpointName })).EndpointStatus!,
      delete: (EndpointName) => api.deleteEndpoint({ EndpointName }),
    }),
    kind(api, 'endpoint-config', {
      source: 'sagemaker:ListEndpointConfigs',
      async *list() {
        const all = pages((NextToken) => api.listEndpointConfigs({ NameContains, NextToken }), next);
        for await (const { EndpointConfigs } of all) {
          for (const c of EndpointConfigs ?? []) {
            yield { arn: c.EndpointConfigArn!, name: c.EndpointConfigName!, status: 'exists' };
          }
        }
      },
      status: (EndpointConfigName) => api.describeEndpointConfig({ EndpointConfigName }).then(() => 'exists'),
      delete: (EndpointConfigName) => api.deleteEndpointConfig({ EndpointConfigName }),
    }),
    kind(api, 'model', {
      source: 'sagemaker:ListModels',
      async *list() {
        const all = pages((NextToken) => api.listModels({ NameContains, NextToken }), next);
        for await (const { Models } of all) {
          for (const m of Models ?? []) yield { arn: m.ModelArn!, name: m.ModelName!, status: 'exists' };
        }
      },
      status: (ModelName) => api.describeModel({ ModelName }).then(() => 'exists'),
      delete: (ModelName) => api.deleteModel({ ModelName }),
    }),
  ];
}

interface Calls {
  source: string;
  list(): AsyncIterable<Seen>;
  status(name: string): Promise<string>;
  delete(name: string): Promise<unknown>;
}

function kind(api: SageMakerApi, kind: HostingKind['kind'], calls: Calls): HostingKind {
  return {
    kind,
    source: calls.source,
    owns: (arn) => /^arn:[^:]+:sagemaker:/.test(arn) && arn.split(':')[5]!.startsWith(`${kind}/`),
    async list(tagged) {
      const seen = new Map<string, Seen>();
      // The filter is "contains".
      for await (const one of calls.list()) if (one.name.startsWith(namePrefix)) seen.set(one.arn, one);
      for (const arn of tagged.filter((a) => !seen.has(a))) {
        const status = await unless(isAbsent, null, () => calls.status(nameIn(arn)));
        if (status !== null) seen.set(arn, { arn, name: nameIn(arn), status });
      }
      const resources: CloudResource[] = [];
      for (const { arn, name, status } of seen.values()) {
        const tags = await tagsAt(api, arn);
        if (tags !== 'gone') resources.push({ kind, arn, name, status, state: stateOf(status), ...tags });
      }
      return resources;
    },
    async delete({ name }): Promise<DeleteAnswer> {
      // Asked first: the right to delete depends on a tag, and what is not there has none, so that it would be denied.
      if ((await unless(isAbsent, null, () => calls.status(name))) === null) return 'gone';
      try {
        return await unless(isAbsent, 'gone' as const, () => calls.delete(name).then(() => 'accepted' as const));
      } catch (error) {
        if (isInProgress(error)) return 'busy';
        throw error;
      }
    },
  };
}

function stateOf(status: string): CloudResource['state'] {
  return status === 'Deleting' ? 'ending' : BUSY.includes(status) ? 'busy' : 'live';
}

/** Read from the resource itself: the tagging API lags, and an expiry decides over life and death. */
async function tagsAt(
  api: SageMakerApi,
  ResourceArn: string,
): Promise<Pick<CloudResource, 'tags' | 'tagsError'> | 'gone'> {
  try {
    const tags = {};
    const all = pages((NextToken) => api.listTags({ ResourceArn, NextToken }), next);
    for await (const { Tags } of all) Object.assign(tags, tagsOf(Tags));
    return { tags, tagsError: null };
  } catch (error) {
    if (isAbsent(error)) return 'gone';
    return { tags: null, tagsError: `${(error as Error).name}: ${(error as Error).message}` };
  }
}

/**
 * SageMaker's "not found" is a ValidationException like any other mistake; only its words tell it apart (BentoML #504).
 * The SDK's own `waitUntilEndpointDeleted` takes every ValidationException for success.
 */
export function isAbsent(error: unknown): error is Error {
  return isNamed(error, 'ValidationException') && /^Could not find /.test(error.message);
}

/** The answer to DeleteEndpoint while it is being created or updated; the listing may not have shown it yet. */
function isInProgress(error: unknown): boolean {
  return isNamed(error, 'ValidationException') && /^Cannot update in-progress endpoint/.test(error.message);
}
