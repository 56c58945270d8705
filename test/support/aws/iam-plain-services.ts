/** Services of which the kit uses so little that their demands are a line or two. */
import { arn, jsonBody, type RequirementsOf, unknown } from './iam-requirement.ts';
import { functionIn } from './services/lambda.ts';
import { region } from './world.ts';

export const stsRequirements: RequirementsOf = (operation, { body }) => {
  if (operation === 'GetCallerIdentity') return [{ action: 'sts:GetCallerIdentity', resource: '*' }];
  if (operation !== 'AssumeRole') return unknown('plain-services', operation);
  return [{ action: 'sts:AssumeRole', resource: new URLSearchParams(body.toString()).get('RoleArn')! }];
};

export const ssmRequirements: RequirementsOf = (operation, request) => {
  if (operation !== 'GetParameter' && operation !== 'GetParameters') return unknown('plain-services', operation);
  const { Name, Names = [] } = jsonBody<{ Name?: string; Names?: string[] }>(request);
  return [...(Name === undefined ? [] : [Name]), ...Names].map((name) => ({
    action: `ssm:${operation}`,
    // AWS's own parameters belong to no account.
    resource: name.startsWith('/aws/')
      ? `arn:aws:ssm:${region}::parameter${name}`
      : arn('ssm', `parameter/${name.replace(/^\//, '')}`),
  }));
};

export const lambdaRequirements: RequirementsOf = (operation, request) =>
  operation === 'Invoke'
    ? [{ action: 'lambda:InvokeFunction', resource: functionIn(request) }]
    : unknown('plain-services', operation);

export const taggingRequirements: RequirementsOf = (operation) => [{ action: `tag:${operation}`, resource: '*' }];

export const cloudwatchRequirements: RequirementsOf = (operation, request) => {
  if (operation === 'DescribeAlarms')
    return [{ action: 'cloudwatch:DescribeAlarms', resource: arn('cloudwatch', 'alarm:*') }];
  if (operation !== 'PutMetricData') return unknown('plain-services', operation);
  const { Namespace } = jsonBody<{ Namespace: string }>(request);
  return [{ action: 'cloudwatch:PutMetricData', resource: '*', context: { 'cloudwatch:namespace': Namespace } }];
};

/** Of no resource type: whoever may look sees all. */
export const balancingRequirements: RequirementsOf = (operation) => [
  { action: `elasticloadbalancing:${operation}`, resource: '*' },
];

export const scalingRequirements: RequirementsOf = (operation) => [
  { action: `application-autoscaling:${operation}`, resource: '*' },
];

/** Quotas and prices are read as a whole. */
export const servicequotasRequirements: RequirementsOf = (operation) => [
  { action: `servicequotas:${operation}`, resource: '*' },
];

export const pricingRequirements: RequirementsOf = (operation) => [{ action: `pricing:${operation}`, resource: '*' }];

export const logsRequirements: RequirementsOf = (operation, request) => {
  const { logGroupName, logStreamName } = jsonBody<{ logGroupName: string; logStreamName?: string }>(request);
  const stream = logStreamName === undefined ? '*' : `log-stream:${logStreamName}`;
  return [{ action: `logs:${operation}`, resource: arn('logs', `log-group:${logGroupName}:${stream}`) }];
};
