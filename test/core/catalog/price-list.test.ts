/** Products as the Price List answers them, read to one hourly price or to the reason why not. */
import { describe, expect, it } from 'vitest';
import { priceListQuery, readPriceList } from '../../../lib/core/catalog/price-list.ts';
import { product } from '../../support/aws/services/pricing.ts';

const hosting = (usd: string, o: Record<string, string> = {}) =>
  JSON.stringify(
    product(
      'AmazonSageMaker',
      'ML Instance',
      { instanceName: 'ml.inf1.xlarge', component: 'Hosting', usagetype: 'USE1-Host:ml.inf1.xlarge', ...o },
      usd,
    ),
  );
const compute = (usd: string, o: Record<string, string> = {}) =>
  JSON.stringify(product('AmazonEC2', 'Compute Instance', { instanceType: 'c7g.4xlarge', ...o }, usd));

describe('readPriceList', () => {
  it('reads price, day of the list and key', () => {
    expect(readPriceList('sagemaker', [hosting('0.2970000000')])).toEqual({
      usdPerHour: 0.297,
      publishedAt: '2026-11-20',
      sku: expect.stringMatching(/^SKU/),
    });
    expect(readPriceList('ec2', [compute('0.58')])).toMatchObject({ usdPerHour: 0.58 });
  });

  it.each([
    ['component', { component: 'Training', usagetype: 'USE1-Train:ml.inf1.xlarge' }],
    ['usage type', { usagetype: 'USE1-AsyncInf:ml.inf1.xlarge' }],
    ['batch', { component: 'Hosting', usagetype: 'EUW1-Tsform:ml.inf1.xlarge' }],
  ])('does not take another use of the type for hosting: %s', (_, other) => {
    expect(readPriceList('sagemaker', [hosting('9', other)])).toEqual({
      missing: expect.stringContaining('none of the 1 products'),
    });
    expect(readPriceList('sagemaker', [hosting('9', other), hosting('0.3')])).toMatchObject({ usdPerHour: 0.3 });
  });

  it('knows hosting by the older name of the attribute, and without a prefix in us-east-1', () => {
    const old = hosting('0.3', { component: '', platoinstancetype: 'Hosting', usagetype: 'Host:ml.inf1.xlarge' });
    expect(readPriceList('sagemaker', [old])).toMatchObject({ usdPerHour: 0.3 });
  });

  it('refuses several prices rather than picking one, but takes the same one twice', () => {
    expect(readPriceList('ec2', [compute('0.58'), compute('0.6')])).toEqual({
      missing: 'the list has several prices: 0.58, 0.6 USD',
    });
    expect(readPriceList('ec2', [compute('0.58'), compute('0.580')])).toMatchObject({ usdPerHour: 0.58 });
  });

  it('leaves out prices of zero, other units, reserved terms and what is no product', () => {
    const text = compute('0.58');
    const quarterly = text.replace('"unit":"Hrs"', '"unit":"Quantity"');
    const reserved = JSON.stringify({ ...JSON.parse(text), terms: { Reserved: {} } });
    const yuan = text.replace('"USD"', '"CNY"');
    for (const bad of [compute('0.0000000000'), quarterly, reserved, yuan, 'no JSON', '{}', '[]']) {
      expect(readPriceList('ec2', [bad]), bad).toHaveProperty('missing');
    }
    const undated = JSON.stringify({ ...JSON.parse(text), publicationDate: undefined });
    expect(readPriceList('ec2', [undated])).toMatchObject({ publishedAt: null });
  });
});

describe('priceListQuery', () => {
  it('asks for Linux on demand, shared; bare metal is dedicated', () => {
    expect(priceListQuery('ec2', 'c7g.4xlarge', 'eu-west-1')).toEqual({
      serviceCode: 'AmazonEC2',
      match: {
        productFamily: 'Compute Instance',
        tenancy: 'Shared',
        regionCode: 'eu-west-1',
        instanceType: 'c7g.4xlarge',
        operatingSystem: 'Linux',
        preInstalledSw: 'NA',
        capacitystatus: 'Used',
        marketoption: 'OnDemand',
      },
    });
    expect(priceListQuery('ec2', 'g4dn.metal', 'us-east-1').match).toMatchObject({
      productFamily: 'Compute Instance (bare metal)',
      tenancy: 'Dedicated',
    });
  });

  it('asks SageMaker by the instance’s name', () => {
    expect(priceListQuery('sagemaker', 'ml.inf1.xlarge', 'us-east-1')).toEqual({
      serviceCode: 'AmazonSageMaker',
      match: { productFamily: 'ML Instance', regionCode: 'us-east-1', instanceName: 'ml.inf1.xlarge' },
    });
  });
});
