/** The ports of one run on AWS, each behind the role that may do what it does. `bin/` and `lambda/` only hand them on. */
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { EC2 } from '@aws-sdk/client-ec2';
import { ECS } from '@aws-sdk/client-ecs';
import { S3 } from '@aws-sdk/client-s3';
import { SageMaker } from '@aws-sdk/client-sagemaker';
import { Scheduler } from '@aws-sdk/client-scheduler';
import { SSM } from '@aws-sdk/client-ssm';
import { hostUsdPerHour } from '../core/plan/hold.ts';
import type { LoadGenerator } from '../core/ports/load-generator.ts';
import type { Preparer } from '../core/ports/preparer.ts';
import type { StopFlag } from '../core/ports/stop.ts';
import { SchedulerDeadlines } from './deadlines.ts';
import { Ec2Target } from './ec2-target.ts';
import { FargateGenerator, type FargateGeneratorOptions } from './fargate-generator.ts';
import { HostPreparer } from './host-preparer.ts';
import { DynamoLedger } from './ledger.ts';
import type { RunEntries } from './ledger-entry.ts';
import { rootOf, S3Store } from './object-store.ts';
import { DynamoRecords } from './records.ts';
import { roleSessions } from './role-session.ts';
import { twoPrincipals } from './role-session-clients.ts';
import { imageReader, type RunSite } from './run-site.ts';
import { SagemakerTarget } from './sagemaker-target.ts';
import type { ServerClock } from './server-clock.ts';
import { DynamoStop } from './stop-flag.ts';

export interface RunPortsOptions {
  runId: string;
  region: string;
  site: RunSite;
  /** Of the lease that was taken; null for looking only, or where the carrier sees to it that there is one controller. */
  token: number | null;
  budgetUsd: number | null;
  /** Already told by an answer of AWS. */
  clock: ServerClock;
  /** Short stable name of a load job's id. */
  nameOf: FargateGeneratorOptions['nameOf'];
  tasksFor?: FargateGeneratorOptions['tasksFor'];
  /** @default - AWS */
  endpoint?: string;
  /** Of every client. @default 5 */
  maxAttempts?: number;
  /** Between tries at what AWS has taken and does not show yet. @default - real time */
  wait?(seconds: number): Promise<void>;
}

/** What the controller's own identity may do: read the site, and take the two roles on. */
export function parameterClient(region: string, clock: ServerClock, endpoint?: string): SSM {
  const ssm = new SSM({ region, maxAttempts: 5, ...(endpoint === undefined ? {} : { endpoint }) });
  clock.watch(ssm);
  return ssm;
}

export function runPorts(o: RunPortsOptions) {
  const { runId, region, site, clock } = o;
  const { guard, lab, preparation } = site;
  const { creating, deleting } = roleSessions({
    region,
    createRoleArn: guard.createRole,
    deleteRoleArn: guard.deleteRole,
    runId,
    ...(o.endpoint === undefined ? {} : { endpoint: o.endpoint }),
    ...(o.maxAttempts === undefined ? {} : { maxAttempts: o.maxAttempts }),
  });
  // Each answer tells the time: what a listing no longer shows was gone by the listing's own date.
  const watched = <T extends Parameters<ServerClock['watch']>[0]>(client: T): T => {
    clock.watch(client);
    return client;
  };
  const both = <T extends Parameters<ServerClock['watch']>[0]>(Client: new (session: typeof creating) => T): T =>
    twoPrincipals(watched(new Client(creating)), watched(new Client(deleting)));
  const ec2 = both(EC2);
  const ecs = both(ECS);
  const sagemaker = both(SageMaker);
  const scheduler = both(Scheduler);
  const logs = new CloudWatchLogs(creating);
  const s3 = new S3({ ...creating, forcePathStyle: o.endpoint !== undefined });
  const entries: RunEntries = { api: watched(new DynamoDB(creating)), tableName: guard.ledgerTable, runId };

  const bucket = (bucketName: string) => ({ name: bucketName, store: new S3Store({ s3, bucketName, root: '' }) });
  const results = bucket(lab.resultsBucket);
  const store = new S3Store({ s3, bucketName: lab.resultsBucket, root: rootOf(runId) });
  const image = imageReader(parameterClient(region, clock, o.endpoint), region, guard);
  const generator = new FargateGenerator({
    ecs,
    lab,
    runId,
    region,
    exchange: results.store,
    store,
    clock,
    nameOf: o.nameOf,
    ...(o.tasksFor === undefined ? {} : { tasksFor: o.tasksFor }),
  });
  const deadlines = new SchedulerDeadlines({
    scheduler,
    groupName: guard.deadlineGroup,
    reaperArn: guard.reaperFunction,
    roleArn: guard.deadlineRole,
    deadLetterArn: guard.deadlineQueue,
  });
  const preparer =
    preparation === null
      ? null
      : new HostPreparer({
          runId,
          ec2,
          site: preparation,
          bucket: bucket(preparation.artifactsBucket),
          clock,
          logs,
          image,
          usdPerHour: (type) => hostUsdPerHour(type, region),
        });
  const stop = new DynamoStop(entries);
  return {
    runId,
    targets: {
      sagemaker: new SagemakerTarget({
        runId,
        sagemaker,
        logs,
        region,
        store,
        clock,
        image,
        executionRole: lab.executionRole,
        artifactsBucket: lab.artifactsBucket,
        ...(o.endpoint === undefined ? {} : { runtimeUrl: o.endpoint }),
        ...(o.wait === undefined ? {} : { wait: o.wait }),
      }),
      ec2: new Ec2Target({ runId, ec2, site: lab, bucket: results, clock, logs, image }),
    },
    holders: [generator, ...(preparer === null ? [] : [preparer]), deadlines],
    ledger: new DynamoLedger({
      ...entries,
      budgetUsd: o.budgetUsd,
      lease: o.token === null ? null : { token: o.token },
    }),
    deadlines,
    generator: generator as LoadGenerator,
    preparer: (preparer ?? nothingToPrepareWith) as Preparer,
    store,
    records: new DynamoRecords(entries, store),
    clock,
    stop: stop as StopFlag & Pick<DynamoStop, 'ask' | 'begin'>,
    entries,
  };
}

const nothingToPrepareWith: Preparer = {
  refuses: () => 'Images is not deployed: npx cdk deploy InfersweepImages',
  start: async () => 'none',
  check: async () => ({ state: 'failed', reason: 'Images is not deployed: npx cdk deploy InfersweepImages' }),
};
