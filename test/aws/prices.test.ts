/** Prices read through the real SDK client, against a price list on the loopback interface. */
import { Pricing } from '@aws-sdk/client-pricing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readPrices } from '../../lib/aws/prices.ts';
import { parsePrices } from '../../lib/core/spec/parse-prices.ts';
import { LoopbackAws } from '../support/aws/loopback-aws.ts';
import { product, productsIn } from '../support/aws/services/pricing.ts';

let aws: LoopbackAws;
beforeEach(async () => {
  aws = await LoopbackAws.start();
});
afterEach(() => aws.close());

const read = (region: string, instanceTypes: string[]) =>
  readPrices(new Pricing(aws.config), { region, instanceTypes, today: '2026-11-26' });

function addHosting(instanceName: string, regionCode: string, component: string, usd: string): void {
  const usagetype = `${component === 'Hosting' ? 'Host' : component}:${instanceName}`;
  const attributes = { instanceName, regionCode, component, usagetype };
  productsIn(aws.world).push(product('AmazonSageMaker', 'ML Instance', attributes, usd));
}

function addInstance(instanceType: string, o: Record<string, string>, usd: string): void {
  const attributes = {
    instanceType,
    regionCode: 'us-east-1',
    operatingSystem: 'Linux',
    tenancy: 'Shared',
    preInstalledSw: 'NA',
    capacitystatus: 'Used',
    marketoption: 'OnDemand',
    ...o,
  };
  productsIn(aws.world).push(product('AmazonEC2', 'Compute Instance', attributes, usd));
}

it('makes a snapshot that the kit reads, of the region and the use that were asked for', async () => {
  addHosting('ml.inf1.xlarge', 'us-east-1', 'Train', '9');
  addHosting('ml.inf1.xlarge', 'us-east-1', 'Notebook', '9');
  addHosting('ml.inf1.xlarge', 'us-east-1', 'Hosting', '0.297');
  addHosting('ml.inf1.xlarge', 'eu-west-1', 'Hosting', '0.4');
  addInstance('c7g.4xlarge', {}, '0.58');
  addInstance('c7g.4xlarge', { operatingSystem: 'Windows' }, '1.2');
  addInstance('c7g.4xlarge', { capacitystatus: 'UnusedCapacityReservation' }, '0.7');
  const snapshot = await read('us-east-1', ['ml.inf1.xlarge', 'c7g.4xlarge', 'ml.c7g.large']);
  expect(snapshot.rows).toMatchObject([
    { target: 'sagemaker', instanceType: 'ml.inf1.xlarge', usdPerHour: 0.297, publishedAt: '2026-11-20' },
    { target: 'ec2', instanceType: 'c7g.4xlarge', usdPerHour: 0.58 },
  ]);
  expect(snapshot.missing).toEqual([
    { target: 'sagemaker', instanceType: 'ml.c7g.large', why: expect.stringContaining('none of the 0 products') },
  ]);
  expect(parsePrices(snapshot, 'us-east-1').ok).toBe(true);
  // Pages of two: the third product, which is the hosting one, stands on the second page.
  expect(aws.world.calls).toEqual([
    'pricing:GetProducts',
    'pricing:GetProducts',
    'pricing:GetProducts',
    'pricing:GetProducts',
  ]);
});

it('fails as a whole when the service refuses: half a snapshot would look like a region without offers', async () => {
  addInstance('c7g.4xlarge', {}, '0.58');
  aws.world.faults.push({
    call: 'pricing:GetProducts',
    about: 'ml.inf1',
    code: 'AccessDeniedException',
    message: 'no',
  });
  await expect(read('us-east-1', ['c7g.4xlarge', 'ml.inf1.xlarge'])).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
});
