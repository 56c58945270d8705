/**
 * IAM for the sessions of roles: every call is judged by the role's statements before its service sees it. Whoever signs
 * with another key is the test itself, and may do everything.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allows, type IamRequest, type IamStatement } from '../iam.ts';
import { dynamodbRequirements } from './iam-dynamodb.ts';
import { ec2Requirements } from './iam-ec2.ts';
import { ecsRequirements } from './iam-ecs.ts';
import * as plain from './iam-plain-services.ts';
import type { RequirementsOf } from './iam-requirement.ts';
import { s3Requirements } from './iam-s3.ts';
import { sagemakerRequirements } from './iam-sagemaker.ts';
import { schedulerRequirements } from './iam-scheduler.ts';
import type { Gate } from './loopback-aws.ts';
import { assumed } from './services/sts.ts';
import { type AwsWorld, ServiceError } from './world.ts';

/** Statements by the ARN of a role. */
export type Policies = Record<string, readonly IamStatement[]>;

interface Implied {
  action: string;
  reason: string;
  source: string;
}

/** `allowed`: what AWS asks no right for. `unseen`: what is granted for calls that no loopback sees. */
export const implied = JSON.parse(readFileSync(join(import.meta.dirname, 'implied-actions.json'), 'utf8')) as {
  allowed: Implied[];
  unseen: Implied[];
};

/** By the service's name in an action. */
const REQUIREMENTS: Record<string, RequirementsOf> = {
  sagemaker: sagemakerRequirements,
  ec2: ec2Requirements,
  ecs: ecsRequirements,
  scheduler: schedulerRequirements,
  dynamodb: dynamodbRequirements,
  s3: s3Requirements,
  sts: plain.stsRequirements,
  ssm: plain.ssmRequirements,
  lambda: plain.lambdaRequirements,
  tag: plain.taggingRequirements,
  cloudwatch: plain.cloudwatchRequirements,
  elasticloadbalancing: plain.balancingRequirements,
  'application-autoscaling': plain.scalingRequirements,
  logs: plain.logsRequirements,
  servicequotas: plain.servicequotasRequirements,
  pricing: plain.pricingRequirements,
};

export const requirementsOf = (service: string, ...call: Parameters<RequirementsOf>): IamRequest[] => {
  const of = REQUIREMENTS[service];
  if (!of) throw new Error(`nobody wrote down what IAM asks for ${service}: add a file and name it here`);
  return of(...call);
};

export function enforcing(policies: Policies): Gate {
  return ({ world, service, operation, request }) => {
    const session = world.sessions.get(request.accessKeyId ?? '');
    if (!session) return;
    if (session.expiresMs <= world.nowMs) throw expired(service.iam);
    for (const needed of requirementsOf(service.iam, operation, request, world)) {
      demand(world, policies, session.roleArn, needed, service.iam, session.sessionName);
    }
  };
}

/** Of what AWS itself does as a role: a schedule that invokes its target, or sends to its queue. */
export type MayDo = (roleArn: string, action: string, resource: string) => void;

export function mayDo(world: AwsWorld, policies: Policies): MayDo {
  return (roleArn, action, resource) => demand(world, policies, roleArn, { action, resource }, 'lambda', 'scheduler');
}

function demand(
  world: AwsWorld,
  policies: Policies,
  roleArn: string,
  needed: IamRequest,
  service: string,
  sessionName: string,
): void {
  if (implied.allowed.some(({ action }) => action === needed.action)) return;
  const statements = policies[roleArn];
  if (!statements) throw new Error(`no statements are known of ${roleArn}`);
  if (allows(statements, needed)) return;
  const { action, resource } = needed;
  world.denials.push({ roleArn, action, resource });
  const text = `User: ${assumed(roleArn, sessionName)} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;
  throw refusal(service, text);
}

/** Each service has its own word for it. */
function refusal(service: string, text: string): ServiceError {
  if (service === 'ec2') {
    return new ServiceError('UnauthorizedOperation', `You are not authorized to perform this operation. ${text}`, 403);
  }
  if (service === 's3' || service === 'sts' || service === 'cloudwatch')
    return new ServiceError('AccessDenied', text, 403);
  return new ServiceError('AccessDeniedException', text, service === 'scheduler' || service === 'lambda' ? 403 : 400);
}

function expired(service: string): ServiceError {
  const text = 'The security token included in the request is expired';
  if (service === 'ec2') return new ServiceError('RequestExpired', 'Request has expired.', 400);
  return new ServiceError(service === 's3' ? 'ExpiredToken' : 'ExpiredTokenException', text, 400);
}
