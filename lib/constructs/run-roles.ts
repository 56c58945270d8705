import { AccountRootPrincipal, CompositePrincipal, type IPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { createRights } from './create-rights.ts';
import type { DeadlineSchedules } from './deadline-schedules.ts';
import { deleteRights } from './delete-rights.ts';
import type { LedgerTable } from './ledger-table.ts';
import { readRights } from './read-rights.ts';

export interface RunRolesProps {
  /** Instance types that may be started at all: `ml.g4dn.xlarge` for SageMaker, `c7g.4xlarge` for EC2. */
  readonly instanceTypes: readonly string[];
  readonly deadlines: DeadlineSchedules;
  readonly ledger: LedgerTable;
  /**
   * Who may take the roles on.
   *
   * @default - whoever in the account is allowed to assume roles
   */
  readonly controllers?: readonly IPrincipal[];
  /**
   * IAM path of the roles that may be handed to servers, hosts and tasks. It begins and ends with a slash.
   *
   * @default /infersweep/
   */
  readonly executionRolePath?: string;
}

/** Creating and deleting are two roles, so that a controller gone wrong can do only one kind of harm at a time. */
export class RunRoles extends Construct {
  readonly createRole: Role;
  readonly deleteRole: Role;
  readonly executionRolePath: string;

  constructor(scope: Construct, id: string, props: RunRolesProps) {
    super(scope, id);
    const { deadlines, ledger, executionRolePath = '/infersweep/' } = props;
    assertTypes(props.instanceTypes);
    if (!/^\/(?:[\w+=,.@-]+\/)+$/.test(executionRolePath)) {
      throw new Error(
        `executionRolePath is "${executionRolePath}". It must begin and end with a slash and name a folder, as /infersweep/: any role of the account could be passed on otherwise.`,
      );
    }
    this.executionRolePath = executionRolePath;
    const role = (name: string, description: string) => new Role(this, name, { assumedBy: trust(props), description });

    this.createRole = role('Create', 'infersweep: creates tagged resources of given instance types, deletes nothing');
    const rights = createRights(this, {
      instanceTypes: props.instanceTypes,
      deadlineGroupName: deadlines.groupName,
      deadlineRoleArn: deadlines.role.roleArn,
      executionRolePath,
    });
    for (const statement of rights) this.createRole.addToPolicy(statement);

    this.deleteRole = role('Delete', 'infersweep: deletes what carries a run, creates nothing');
    for (const statement of deleteRights(this, deadlines.groupName)) this.deleteRole.addToPolicy(statement);

    for (const reader of [this.createRole, this.deleteRole]) {
      for (const statement of readRights(this, deadlines.groupName)) reader.addToPolicy(statement);
      ledger.grantBookkeeping(reader);
    }
  }
}

function trust({ controllers = [] }: RunRolesProps): IPrincipal {
  return controllers.length > 0 ? new CompositePrincipal(...controllers) : new AccountRootPrincipal();
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
