/** What IAM would ask of a call: actions, each on one resource in one context. Source: the Service Authorization Reference. */
import type { IamRequest } from '../iam.ts';
import type { AwsRequest } from './service.ts';
import { type AwsWorld, account, region, type Thing } from './world.ts';

/** One file a service. An operation that it does not know is an error: nothing is allowed by forgetting it. */
export type RequirementsOf = (operation: string, request: AwsRequest, world: AwsWorld) => IamRequest[];

export type Context = Record<string, string | string[]>;

export function arn(service: string, resource: string): string {
  return `arn:aws:${service}:${region}:${account}:${resource}`;
}

export function requestTags(tags: Record<string, string>): Context {
  const context: Context = {};
  for (const [key, value] of Object.entries(tags)) context[`aws:RequestTag/${key}`] = value;
  if (Object.keys(tags).length > 0) context['aws:TagKeys'] = Object.keys(tags);
  return context;
}

/** None of what does not exist: a right that depends on a tag is then denied, before anybody says that it is not there. */
export function resourceTags(thing: Thing | undefined): Context {
  return Object.fromEntries(Object.entries(thing?.tags ?? {}).map(([key, value]) => [`aws:ResourceTag/${key}`, value]));
}

/** For every role that a call hands over to a service. */
export function passRole(roleArn: string | undefined, service: string): IamRequest[] {
  if (roleArn === undefined) return [];
  return [{ action: 'iam:PassRole', resource: roleArn, context: { 'iam:PassedToService': service } }];
}

export function jsonBody<T>({ body }: AwsRequest): T {
  return JSON.parse(body.toString() || '{}') as T;
}

export function unknown(service: string, operation: string): never {
  throw new Error(
    `nobody wrote down what IAM asks for ${service}:${operation}: add it to test/support/aws/iam-${service}.ts`,
  );
}
