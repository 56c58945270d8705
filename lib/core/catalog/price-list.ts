/** What to ask the AWS Price List for the price of an instance, and how to read its answer. */
import * as z from 'zod';

/** Of what is billed by the hour: `ec2` on demand, `sagemaker` for real-time endpoints. */
export type PricedTarget = 'ec2' | 'sagemaker';

/** The API answers for every region, but only from a few: this one and ap-south-1 (https://docs.rs/aws-sdk-pricing/0.24.0). */
export const PRICE_LIST_REGION = 'us-east-1';
export const PRICE_LIST_SOURCE = 'AWS Price List API, GetProducts';

export interface PriceListQuery {
  serviceCode: string;
  /** Attributes that must be equal. */
  match: Readonly<Record<string, string>>;
}

/** Filters as karpenter-provider-aws uses them for EC2, and as the attributes of SageMaker's price list are named. */
export function priceListQuery(target: PricedTarget, instanceType: string, region: string): PriceListQuery {
  if (target === 'sagemaker') {
    const match = { productFamily: 'ML Instance', regionCode: region, instanceName: instanceType };
    return { serviceCode: 'AmazonSageMaker', match };
  }
  return {
    serviceCode: 'AmazonEC2',
    match: {
      // A bare-metal instance is a family of its own, and sold as dedicated.
      productFamily: instanceType.includes('metal') ? 'Compute Instance (bare metal)' : 'Compute Instance',
      tenancy: instanceType.includes('metal') ? 'Dedicated' : 'Shared',
      regionCode: region,
      instanceType,
      operatingSystem: 'Linux',
      preInstalledSw: 'NA',
      capacitystatus: 'Used',
      marketoption: 'OnDemand',
    },
  };
}

const productSchema = z.looseObject({
  product: z.looseObject({ sku: z.string(), attributes: z.record(z.string(), z.string()) }),
  publicationDate: z.string().optional(),
  terms: z.looseObject({
    OnDemand: z
      .record(
        z.string(),
        z.looseObject({
          priceDimensions: z.record(
            z.string(),
            z.looseObject({ unit: z.string(), pricePerUnit: z.record(z.string(), z.string()) }),
          ),
        }),
      )
      .optional(),
  }),
});
type Product = z.infer<typeof productSchema>;

export type ListedPrice = { usdPerHour: number; publishedAt: string | null; sku: string } | { missing: string };

/**
 * The one hourly price among the products of an instance type. Training, notebooks, batch and asynchronous endpoints stand in
 * the same list at other prices, so none and several are both refused.
 */
export function readPriceList(target: PricedTarget, products: readonly string[]): ListedPrice {
  const found = products.flatMap((text) => {
    const read = productSchema.safeParse(jsonOf(text));
    if (!read.success || (target === 'sagemaker' && !isHosting(read.data))) return [];
    return hourly(read.data).map((usdPerHour) => ({
      usdPerHour,
      publishedAt: dayOf(read.data),
      sku: read.data.product.sku,
    }));
  });
  const [first] = found;
  if (!first) return { missing: `none of the ${products.length} products listed has an hourly price on demand` };
  const amounts = [...new Set(found.map(({ usdPerHour }) => usdPerHour))];
  if (amounts.length > 1) return { missing: `the list has several prices: ${amounts.join(', ')} USD` };
  return first;
}

/** Both names of the attribute are in use; the usage type tells real-time hosting (`USE1-Host:ml.…`) from `AsyncInf:`. */
function isHosting({ product: { attributes } }: Product): boolean {
  const usage = attributes['usagetype'];
  if (usage !== undefined && !/(^|-)Host:/.test(usage)) return false;
  return attributes['component'] === 'Hosting' || attributes['platoinstancetype'] === 'Hosting';
}

/** Prices of zero stand for what is billed elsewhere. */
function hourly({ terms }: Product): number[] {
  const dimensions = Object.values(terms.OnDemand ?? {}).flatMap((offer) => Object.values(offer.priceDimensions));
  return dimensions
    .filter(({ unit }) => /^(hrs|hours?)$/i.test(unit))
    .map(({ pricePerUnit }) => Number(pricePerUnit['USD']))
    .filter((usd) => Number.isFinite(usd) && usd > 0);
}

function dayOf({ publicationDate }: Product): string | null {
  return /^\d{4}-\d{2}-\d{2}/.exec(publicationDate ?? '')?.[0] ?? null;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
