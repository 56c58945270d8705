/** The Price List Query API: products with filters over their attributes, each answered as JSON inside a string. */
import { jsonService, unknownOperation } from '../service.ts';
import { type AwsWorld, page, ServiceError } from '../world.ts';

/** As the Price List has it: attributes in `product`, prices in `terms`. */
export interface Product {
  product: { productFamily: string; sku: string; attributes: Record<string, string> };
  serviceCode: string;
  terms: unknown;
  publicationDate: string;
}

const states = new WeakMap<AwsWorld, Product[]>();

export function productsIn(world: AwsWorld): Product[] {
  const known = states.get(world) ?? [];
  states.set(world, known);
  return known;
}

interface Body {
  ServiceCode: string;
  Filters?: { Type: string; Field: string; Value: string }[];
  MaxResults?: number;
  NextToken?: string;
}

/**
 * JSON 1.1; members and limits as in the API model of @aws-sdk/client-pricing 3.1133.0 (MaxResults up to 100, at most 50
 * filters), PriceList as a list of strings: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_pricing_GetProducts.html.
 */
export const priceList = jsonService('pricing', (world, operation, body: Body) => {
  if (operation !== 'GetProducts') throw unknownOperation(operation);
  const { Filters = [], MaxResults = 100 } = body;
  if (Filters.length > 50 || MaxResults > 100) throw new ServiceError('InvalidParameterException', 'too many');
  const passes = ({ product }: Product) =>
    Filters.every(({ Type, Field, Value }) => {
      if (Type !== 'TERM_MATCH') throw new ServiceError('InvalidParameterException', Type);
      return (Field === 'productFamily' ? product.productFamily : product.attributes[Field]) === Value;
    });
  const found = productsIn(world).filter((p) => p.serviceCode === body.ServiceCode && passes(p));
  const { items, next } = page(found, body.NextToken);
  return {
    FormatVersion: 'aws_v1',
    PriceList: items.map((p) => JSON.stringify(p)),
    NextToken: next,
  };
});

/** One product with one hourly price on demand, in the shape of the public price files. */
export function product(
  serviceCode: 'AmazonEC2' | 'AmazonSageMaker',
  productFamily: string,
  attributes: Record<string, string>,
  usd: string,
): Product {
  const sku = `SKU${Object.values(attributes).join('').replace(/\W/g, '').toUpperCase()}`;
  const rate = {
    unit: 'Hrs',
    description: `$${usd} per hour`,
    pricePerUnit: { USD: usd },
    rateCode: `${sku}.JRTCKXETXF.6YS6EN2CT7`,
  };
  return {
    product: { productFamily, sku, attributes },
    serviceCode,
    terms: { OnDemand: { [`${sku}.JRTCKXETXF`]: { priceDimensions: { [rate.rateCode]: rate } } } },
    publicationDate: '2026-11-20T00:00:00Z',
  };
}
