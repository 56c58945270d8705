import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/**
 * The ledger of money and records: what each run reserved, spent and finished, by conditional writes. It outlives its
 * stack, because it is the only proof of what was paid for.
 */
export class LedgerTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'run', type: AttributeType.STRING },
      sortKey: { name: 'entry', type: AttributeType.STRING },
      // Nothing to pay between runs.
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      // Seconds since 1970, written only to entries that may be forgotten.
      timeToLiveAttribute: 'forgetAt',
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  /** Reads and conditional writes of single entries; no scan, no deletion. */
  grantBookkeeping(grantee: IGrantable): Grant {
    return this.table.grant(grantee, 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem');
  }
}
