/** The loopback AWS with every service that a run touches, the stateful ones included. */
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { S3 } from '@aws-sdk/client-s3';
import { Scheduler } from '@aws-sdk/client-scheduler';
import { LoopbackAws } from './loopback-aws.ts';
import { ledgerTable, startDynamo } from './services/dynamodb.ts';
import { dataBucket } from './services/s3.ts';

export interface FullAws {
  aws: LoopbackAws;
  dynamodb: DynamoDB;
  s3: S3;
  scheduler: Scheduler;
  /** A run's entries in the guard's table. */
  entries(runId: string): { api: DynamoDB; tableName: string; runId: string };
  close(): Promise<void>;
}

/** `parameters` are SSM's. */
export async function startFullAws(parameters: Record<string, string> = {}): Promise<FullAws> {
  const dynamo = await startDynamo();
  const aws = await LoopbackAws.start({ dynamodb: dynamo.service });
  Object.assign(aws.world.parameters, parameters);
  aws.world.buckets.set(dataBucket, new Map());
  const dynamodb = new DynamoDB(aws.config);
  return {
    aws,
    dynamodb,
    s3: new S3(aws.config),
    scheduler: new Scheduler(aws.config),
    entries: (runId) => ({ api: dynamodb, tableName: ledgerTable, runId }),
    close: async () => {
      await aws.close();
      await dynamo.close();
    },
  };
}
