/** A dated snapshot of prices, one question to the Price List for each instance type. */
import type { Pricing } from '@aws-sdk/client-pricing';
import {
  type ListedPrice,
  PRICE_LIST_SOURCE,
  type PricedTarget,
  priceListQuery,
  readPriceList,
} from '../core/catalog/price-list.ts';
import { PRICES_SCHEMA, type PriceSnapshot } from '../core/catalog/price-snapshot.ts';
import { pages } from './pages.ts';

/** Of a client in `PRICE_LIST_REGION`, whatever region is priced. */
export type PricingApi = Pick<Pricing, 'getProducts'>;

export interface PricesRequest {
  region: string;
  /** As their targets spell them: `ml.…` is SageMaker's. */
  instanceTypes: readonly string[];
  /** `YYYY-MM-DD`. */
  today: string;
}

/** @throws the service's error: half a snapshot would look like a region without offers. */
export async function readPrices(
  api: PricingApi,
  { region, instanceTypes, today }: PricesRequest,
): Promise<PriceSnapshot> {
  const rows: PriceSnapshot['rows'] = [];
  const missing: PriceSnapshot['missing'] = [];
  for (const instanceType of instanceTypes) {
    const target = instanceType.startsWith('ml.') ? 'sagemaker' : 'ec2';
    const answer = await listedPrice(api, target, instanceType, region);
    if ('missing' in answer) missing.push({ target, instanceType, why: answer.missing });
    else rows.push({ target, instanceType, ...answer });
  }
  return { schema: PRICES_SCHEMA, region, retrievedAt: today, source: PRICE_LIST_SOURCE, rows, missing };
}

async function listedPrice(
  api: PricingApi,
  target: PricedTarget,
  instanceType: string,
  region: string,
): Promise<ListedPrice> {
  const { serviceCode: ServiceCode, match } = priceListQuery(target, instanceType, region);
  const Filters = Object.entries(match).map(([Field, Value]) => ({ Type: 'TERM_MATCH' as const, Field, Value }));
  const products: string[] = [];
  const all = pages(
    (NextToken) => api.getProducts({ ServiceCode, Filters, FormatVersion: 'aws_v1', MaxResults: 100, NextToken }),
    ({ NextToken }) => NextToken,
  );
  // The SDK types an entry as a string object that it may or may not have parsed.
  for await (const { PriceList } of all) products.push(...(PriceList ?? []).map(String));
  return readPriceList(target, products);
}
