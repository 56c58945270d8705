/** The account's quotas, by code where the code is known to be of that name, else by name. */
import type { ServiceQuotas } from '@aws-sdk/client-service-quotas';
import type { Quota, QuotaKey } from '../core/catalog/quota.ts';
import { pages } from './pages.ts';
import { isNamed, unless } from './reap/kind-adapter.ts';

export type QuotasApi = Pick<ServiceQuotas, 'getServiceQuota' | 'getAWSDefaultServiceQuota' | 'listServiceQuotas'>;

/** `inUse` is left null. @returns null where the account has no quota of that name. */
export async function readQuota(api: QuotasApi, key: QuotaKey): Promise<Quota | null> {
  const found = key.code === null ? null : await byCode(api, key, key.code);
  return found ?? byName(api, key);
}

interface Row {
  QuotaCode?: string | undefined;
  QuotaName?: string | undefined;
  Value?: number | undefined;
}

/** The codes come from a list that somebody else keeps: what answers under another name is not taken. */
async function byCode(api: QuotasApi, key: QuotaKey, QuotaCode: string): Promise<Quota | null> {
  const of = { ServiceCode: key.service, QuotaCode };
  const own = await unless(isUnknown, null, () => api.getServiceQuota(of));
  if (own) return quotaOf(key, own.Quota, true);
  // A quota that was never raised may only be known by AWS's default.
  const usual = await unless(isUnknown, null, () => api.getAWSDefaultServiceQuota(of));
  return quotaOf(key, usual?.Quota, false);
}

async function byName(api: QuotasApi, key: QuotaKey): Promise<Quota | null> {
  const all = pages(
    // 100 is the most that a page may hold; SageMaker has thousands.
    (NextToken) => api.listServiceQuotas({ ServiceCode: key.service, MaxResults: 100, NextToken }),
    ({ NextToken }) => NextToken,
  );
  for await (const { Quotas } of all) {
    for (const row of Quotas ?? []) {
      const quota = quotaOf(key, row, true);
      if (quota) return quota;
    }
  }
  return null;
}

function quotaOf(key: QuotaKey, row: Row | undefined, applied: boolean): Quota | null {
  if (row?.QuotaName?.startsWith(key.name) !== true || row.Value === undefined) return null;
  return { ...key, name: row.QuotaName, code: row.QuotaCode!, value: row.Value, inUse: null, applied };
}

const isUnknown = (error: unknown) => isNamed(error, 'NoSuchResourceException');
