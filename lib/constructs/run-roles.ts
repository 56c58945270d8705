import { Aws } from 'aws-cdk-lib';
import { AccountRootPrincipal, CompositePrincipal, type IPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { CONTROLLER_PATH } from '../core/catalog/lab.ts';
import { createRights } from './create-rights.ts';
import type { DeadlineSchedules } from './deadline-schedules.ts';
import { deleteRights } from './delete-rights.ts';
import type { LedgerTable } from './ledger-table.ts';
import { FOR_A_RUN, FOR_EVERYTHING, readRights } from './read-rights.ts';

export interface RunRolesProps {
  /** Instance types that may be started at all: `ml.g4dn.xlarge` for SageMaker, `c7g.4xlarge` for EC2. */
  readonly instanceTypes: readonly string[];
  readonly deadlines: DeadlineSchedules;
  readonly ledger: LedgerTable;
  /**
   * Who may take the roles on, besides the functions of a Lab in this account.
   *
   * @default - whoever in the account is allowed to assume roles
   */
  readonly controllers?: readonly IPrincipal[];
}

/** Creating and deleting are two roles, so that a controller gone wrong can do only one kind of harm at a time. */
export class RunRoles extends Construct {
  readonly createRole: Role;
  readonly deleteRole: Role;

  constructor(scope: Construct, id: string, props: RunRolesProps) {
    super(scope, id);
    const { deadlines, ledger } = props;
    assertTypes(props.instanceTypes);
    const role = (name: string, description: string) => new Role(this, name, { assumedBy: trust(props), description });

    this.createRole = role('Create', 'infersweep: creates tagged resources of given instance types, deletes nothing');
    const rights = createRights(this, {
      instanceTypes: props.instanceTypes,
      deadlineGroupName: deadlines.groupName,
      deadlineRoleArn: deadlines.role.roleArn,
    });
    for (const statement of rights) this.createRole.addToPolicy(statement);

    this.deleteRole = role('Delete', 'infersweep: deletes what carries a run, creates nothing');
    for (const statement of deleteRights(this, deadlines.groupName)) this.deleteRole.addToPolicy(statement);

    for (const statement of readRights(this, deadlines.groupName, FOR_A_RUN)) this.createRole.addToPolicy(statement);
    for (const statement of readRights(this, deadlines.groupName, FOR_EVERYTHING))
      this.deleteRole.addToPolicy(statement);
    ledger.grantBookkeeping(this.createRole);
  }
}

function trust({ controllers = [] }: RunRolesProps): IPrincipal {
  if (controllers.length === 0) return new AccountRootPrincipal();
  return new CompositePrincipal(...controllers, sweepFunctions());
}

/** By their path: to name the Lab's roles, Guard would need the Lab, which needs Guard. */
function sweepFunctions(): IPrincipal {
  const roles = `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role${CONTROLLER_PATH}*`;
  return new AccountRootPrincipal().withConditions({ ArnLike: { 'aws:PrincipalArn': roles } });
}

function assertTypes(types: readonly string[]): void {
  const wrong = types.filter(
    (type) =>
      !/^(?:ml\.)?[a-z][a-z0-9-]*\.(?:metal|metal-\d+xl|\d*(?:nano|micro|small|medium|large|xlarge))$/.test(type),
  );
  if (types.length > 0 && wrong.length === 0) return;
  throw new Error(
    types.length === 0
      ? 'instanceTypes is empty, so nothing could be started. Name the types of the experiment, as ml.g4dn.xlarge or c7g.4xlarge.'
      : `instanceTypes has ${wrong.map((type) => `"${type}"`).join(', ')}. Expected names as ml.g4dn.xlarge or c7g.4xlarge; patterns would defeat their purpose.`,
  );
}
