import { Aws } from 'aws-cdk-lib';
import { CfnBudget, CfnBudgetsAction } from 'aws-cdk-lib/aws-budgets';
import { Effect, type IRole, ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

export interface SpendLimit {
  /** USD a month. */
  readonly monthlyUsd: number;
  /**
   * What counts, as in `AWS::Budgets::Budget`'s CostFilters: `{ TagKeyValue: ['user:team$ml'] }`. A tag counts only from
   * the day on which it is activated as a cost allocation tag; a filter on one that is not sees no cost at all.
   *
   * @default - everything that the account spends
   */
  readonly costFilters?: Readonly<Record<string, string[]>>;
  /**
   * Whether the create role loses its right to create anything once the limit is spent. Budgets are updated a few times
   * a day, so this is the last line, not the first. AWS bills budgets with actions beyond the first two.
   *
   * @default false
   */
  readonly denyCreate?: boolean;
}

export interface SpendBudgetProps extends SpendLimit {
  readonly topic: ITopic;
  readonly createRole: IRole;
}

/** Says when 80 % is spent and when the whole is foreseen; may stop further creation. */
export class SpendBudget extends Construct {
  constructor(scope: Construct, id: string, props: SpendBudgetProps) {
    super(scope, id);
    const { monthlyUsd, costFilters, topic, createRole } = props;
    if (!(monthlyUsd > 0)) throw new Error(`monthlyUsd is ${monthlyUsd}, must be more than 0 USD.`);
    const subscribers = [{ subscriptionType: 'SNS', address: topic.topicArn }];
    const notify = (notificationType: string, threshold: number) => ({
      notification: { notificationType, comparisonOperator: 'GREATER_THAN', threshold, thresholdType: 'PERCENTAGE' },
      subscribers,
    });
    const budget = new CfnBudget(this, 'Budget', {
      budget: {
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: monthlyUsd, unit: 'USD' },
        costFilters,
      },
      notificationsWithSubscribers: [notify('ACTUAL', 80), notify('FORECASTED', 100)],
    });
    if (props.denyCreate) denyCreation(this, budget, createRole, subscribers);
  }
}

/** Of what Budgets can do only attaching a policy helps: none of its actions deletes an endpoint. */
function denyCreation(
  scope: Construct,
  budget: CfnBudget,
  createRole: IRole,
  subscribers: readonly { subscriptionType: string; address: string }[],
): void {
  const deny = new ManagedPolicy(scope, 'DenyCreate', {
    description: 'infersweep: attached by the budget when the month is spent',
    statements: [
      new PolicyStatement({
        sid: 'SpentForThisMonth',
        effect: Effect.DENY,
        actions: ['ec2:RunInstances', 'ecs:RunTask', 'sagemaker:CreateEndpoint', 'sagemaker:CreateEndpointConfig'],
        resources: ['*'],
      }),
    ],
  });
  const attacher = new Role(scope, 'AttachRole', {
    assumedBy: new ServicePrincipal('budgets.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    }),
    description: 'infersweep: attaches one policy to one role when the budget is spent',
  });
  attacher.addToPolicy(
    new PolicyStatement({
      sid: 'AttachThatPolicyToThatRole',
      actions: ['iam:AttachRolePolicy', 'iam:DetachRolePolicy'],
      resources: [createRole.roleArn],
      conditions: { ArnEquals: { 'iam:PolicyARN': deny.managedPolicyArn } },
    }),
  );
  const action = new CfnBudgetsAction(scope, 'Action', {
    budgetName: budget.ref,
    actionType: 'APPLY_IAM_POLICY',
    approvalModel: 'AUTOMATIC',
    notificationType: 'ACTUAL',
    actionThreshold: { value: 100, type: 'PERCENTAGE' },
    executionRoleArn: attacher.roleArn,
    definition: { iamActionDefinition: { policyArn: deny.managedPolicyArn, roles: [createRole.roleName] } },
    subscribers: subscribers.map(({ subscriptionType, address }) => ({ type: subscriptionType, address })),
  });
  action.node.addDependency(attacher);
}
