import { EC2 } from '@aws-sdk/client-ec2';
import { ECS } from '@aws-sdk/client-ecs';
import { ResourceGroupsTaggingAPI } from '@aws-sdk/client-resource-groups-tagging-api';
import { SageMaker } from '@aws-sdk/client-sagemaker';
import { Scheduler } from '@aws-sdk/client-scheduler';
import { AwsInventory } from '../../lib/aws/reap/aws-inventory.ts';
import { LoopbackAws } from '../support/aws/loopback-aws.ts';
import { deadlineGroup } from '../support/aws/world.ts';
import { FakeInventory } from '../support/fake-inventory.ts';
import { inventoryContract } from './inventory.contract.ts';

inventoryContract('AWS', async () => {
  const aws = await LoopbackAws.start();
  const { config } = aws;
  const clients = {
    sagemaker: new SageMaker(config),
    ec2: new EC2(config),
    ecs: new ECS(config),
    scheduler: new Scheduler(config),
    tagging: new ResourceGroupsTaggingAPI(config),
  };
  return {
    inventory: new AwsInventory(clients, deadlineGroup),
    add: (kind, tags) => {
      const carried = kind === 'schedule' ? { input: JSON.stringify(tags) } : { tags };
      aws.world.add(kind, `infersweep-${kind}`, carried);
    },
    passTime: () => aws.world.advance(3600),
    close: () => aws.close(),
  };
});

inventoryContract('the fake that the engine is tested with', async () => {
  const inventory = new FakeInventory([], { deletionSeconds: 60 });
  return {
    inventory,
    add: (kind, tags) => {
      const name = `infersweep-${kind}`;
      const resource = { kind, name, arn: `arn:${name}`, tags, tagsError: null, state: 'live' as const, status: 'Up' };
      inventory.alive.set(resource.arn, resource);
    },
    passTime: () => void inventory.wait(3600),
    close: async () => undefined,
  };
});
