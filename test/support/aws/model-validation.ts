/**
 * Requests and replies of JSON services against the models that the SDK's own clients ship: members that no shape has,
 * members that a shape demands, values of another type. AWS ignores an unknown member; here it is an error, because it
 * means that somebody wrote down what does not exist.
 */
import * as scaling from '@aws-sdk/client-application-auto-scaling';
import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as ecs from '@aws-sdk/client-ecs';
import * as balancing from '@aws-sdk/client-elastic-load-balancing-v2';
import * as pricing from '@aws-sdk/client-pricing';
import * as tag from '@aws-sdk/client-resource-groups-tagging-api';
import * as sagemaker from '@aws-sdk/client-sagemaker';
import * as servicequotas from '@aws-sdk/client-service-quotas';
import * as ssm from '@aws-sdk/client-ssm';
import { type AwsWorld, ServiceError } from './world.ts';

/** By the service's name in an action. */
const CLIENTS: Record<string, object> = {
  'application-autoscaling': scaling,
  elasticloadbalancing: balancing,
  cloudwatch,
  logs,
  dynamodb,
  ecs,
  pricing,
  tag,
  sagemaker,
  servicequotas,
  ssm,
};

/**
 * A shape as `dist-es/schemas` has it: `[3, namespace, name, traits, member names, member shapes, how many are required]`
 * for a structure (4 for a union), `[1, …, value]` a list, `[2, …, key, value]` a map, `[9, …, input, output]` an
 * operation, `[shape, traits]` one with traits, a number for a simple one, 64 and 128 added for a list and a map of it.
 */
type Shape = number | string | readonly unknown[] | (() => Shape);

const STRUCTURE = 3;
const UNION = 4;
const OPERATION = 9;
const LIST = 1;
const MAP = 2;
const SIMPLE: Record<number, string> = {
  0: 'string',
  1: 'number',
  2: 'boolean',
  4: 'number',
  5: 'string',
  6: 'string',
  7: 'number',
  21: 'string',
};

/** @throws ServiceError for what the service's own model does not have; it also stands in the world's `mistakes` */
export function assertModelled(
  world: AwsWorld,
  service: string,
  operation: string,
  side: 'input' | 'output',
  body: unknown,
): void {
  const wrong = wrongMembers(service, operation, side, body);
  if (wrong.length === 0) return;
  const message = `not in the model of ${service}: ${wrong.join('; ')}`;
  world.mistakes.push(message);
  throw new ServiceError('SerializationException', message);
}

/** What is wrong with a body, path by path; nothing for an operation or a service whose model is not at hand. */
export function wrongMembers(service: string, operation: string, side: 'input' | 'output', body: unknown): string[] {
  const found = (CLIENTS[service] as Record<string, unknown> | undefined)?.[`${operation}$`];
  if (!Array.isArray(found) || found[0] !== OPERATION) return CLIENTS[service] ? [`${operation} is no operation`] : [];
  const wrong: string[] = [];
  look(found[side === 'input' ? 4 : 5] as Shape, body, `${operation}.${side}`, wrong);
  return wrong;
}

function look(shape: Shape, value: unknown, at: string, wrong: string[]): void {
  const known = plain(shape);
  if (typeof known === 'string') return;
  if (typeof known === 'number') lookAtSimple(known, value, at, wrong);
  else if ([STRUCTURE, -STRUCTURE, UNION].includes(known[0] as number)) lookAtStructure(known, value, at, wrong);
  else if (known[0] === LIST) each(value, at, wrong, known[4] as Shape, Array.isArray(value), 'a list');
  else if (known[0] === MAP) each(value, at, wrong, known[5] as Shape, isObject(value), 'a map');
  else look(known[4] as Shape, value, at, wrong);
}

function lookAtStructure(shape: readonly unknown[], value: unknown, at: string, wrong: string[]): void {
  if (!isObject(value)) {
    wrong.push(`${at} is not a structure`);
    return;
  }
  const [names, shapes, required = 0] = [shape[4] as string[], shape[5] as Shape[], shape[6] as number | undefined];
  for (const [key, member] of Object.entries(value)) {
    const place = names.indexOf(key);
    if (place < 0) wrong.push(`${at} has no member ${key}`);
    else if (member !== null) look(shapes[place]!, member, `${at}.${key}`, wrong);
  }
  for (const name of names.slice(0, required)) {
    if (value[name] === undefined || value[name] === null) wrong.push(`${at} lacks ${name}`);
  }
}

function lookAtSimple(shape: number, value: unknown, at: string, wrong: string[]): void {
  if (shape >= 128) each(value, at, wrong, shape - 128, isObject(value), 'a map');
  else if (shape >= 64) each(value, at, wrong, shape - 64, Array.isArray(value), 'a list');
  else {
    const type = SIMPLE[shape];
    if (type !== undefined && typeof value !== type) wrong.push(`${at} is ${JSON.stringify(value)}, not a ${type}`);
  }
}

function each(value: unknown, at: string, wrong: string[], of: Shape, fits: boolean, what: string): void {
  if (!fits) {
    wrong.push(`${at} is not ${what}`);
    return;
  }
  for (const [key, one] of Object.entries(value as object)) look(of, one, `${at}.${key}`, wrong);
}

/** Without the thunk and the traits. */
function plain(shape: Shape): number | string | readonly unknown[] {
  let known = shape;
  for (;;) {
    if (typeof known === 'function') known = known();
    else if (Array.isArray(known) && typeof known[0] !== 'number') known = known[0] as Shape;
    else if (Array.isArray(known) && known.length === 2) known = known[0] as Shape;
    else return known;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
