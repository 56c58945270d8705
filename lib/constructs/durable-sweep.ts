import type { Duration } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IGrantable, IRole } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { CONTROLLER_PATH, LAB_PARAMETER } from '../core/catalog/lab.ts';
import { type SweepFunctionName, sweepFunctions } from '../core/workflow/sweep-functions.ts';
import { controllerRights } from './controller-rights.ts';
import { DurableFunction } from './durable-function.ts';
import { lambdaBundle } from './lambda-bundle.ts';

export interface DurableSweepProps {
  /** Guard's roles: the functions take them on and have none of their rights themselves. */
  readonly createRole: IRole;
  readonly deleteRole: IRole;
  /** Guard's ledger, which the create role may write to. */
  readonly ledgerTable: ITable;
  /** Bucket of plans, records, load jobs and start documents. */
  readonly results: IBucket;
  /**
   * Longest life of a whole sweep, 1 second to 366 days.
   *
   * @default Duration.days(30)
   */
  readonly executionTimeout?: Duration;
}

const descriptions: Record<SweepFunctionName, string> = {
  group: 'infersweep: the life cycle of one group of deployments',
  shard: 'infersweep: up to 500 groups of a sweep',
  sweep: 'infersweep: a whole sweep',
};

/** The sweep on AWS: one bundle as three durable functions, each of which knows the versions of those below it. */
export class DurableSweep extends Construct {
  readonly functions: Readonly<Record<SweepFunctionName, DurableFunction>>;

  constructor(scope: Construct, id: string, props: DurableSweepProps) {
    super(scope, id);
    const made: Partial<Record<SweepFunctionName, DurableFunction>> = {};
    for (const name of Object.keys(sweepFunctions) as SweepFunctionName[]) {
      const calls: Record<string, SweepFunctionName> = sweepFunctions[name];
      const versions = Object.entries(calls).map(([workflow, at]) => [workflow, made[at]!.version.functionArn]);
      const durable = new DurableFunction(this, `${name[0]!.toUpperCase()}${name.slice(1)}`, {
        description: descriptions[name],
        rolePath: CONTROLLER_PATH,
        code: lambdaBundle('sweep'),
        executionTimeout: props.executionTimeout,
        environment: {
          WORKFLOW_FUNCTIONS: Stack.of(this).toJsonString(Object.fromEntries(versions)),
          RESULTS_BUCKET: props.results.bucketName,
          LEDGER_TABLE: props.ledgerTable.tableName,
          LAB_PARAMETER,
          CREATE_ROLE: props.createRole.roleArn,
          DELETE_ROLE: props.deleteRole.roleArn,
        },
      });
      for (const at of new Set(Object.values(calls))) made[at]!.grantStart(durable.role);
      // Groups end what they made, a sweep what is left of them; a shard only reads the plan and calls.
      const roles = name === 'shard' ? [props.createRole] : [props.createRole, props.deleteRole];
      for (const statement of controllerRights(this, roles)) durable.role.addToPolicy(statement);
      made[name] = durable;
    }
    this.functions = made as Record<SweepFunctionName, DurableFunction>;
  }

  /** To start a sweep by its version, or a smoke test or preparations by the group's. */
  grantStart(grantee: IGrantable): void {
    this.functions.sweep.grantStart(grantee);
    this.functions.group.grantStart(grantee);
  }
}
