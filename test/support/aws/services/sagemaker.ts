/** SageMaker and its runtime: both sign as `sagemaker`, so path and target tell them apart. */
import type { AwsReply, Service } from '../service.ts';
import { jsonService, unknownOperation } from '../service.ts';
import { type AwsWorld, page } from '../world.ts';
import { isOfRecommender, recommend } from './recommender.ts';
import { SagemakerHosting } from './sagemaker-hosting.ts';
import { invoke, invokedEndpoint } from './sagemaker-runtime.ts';
import { absent, created, type HostingKind, nouns, type Row, shown } from './sagemaker-shapes.ts';

type Body = Record<string, unknown> & { NextToken?: string; NameContains?: string; ResourceArn?: string };

/** Endpoints that start after a while without any process. */
export const sagemaker = sagemakerWith(new SagemakerHosting());

export function sagemakerWith(hosting: SagemakerHosting): Service {
  const control = jsonService('sagemaker', (world, operation, body: Body) => answer(hosting, world, operation, body));
  return {
    ...control,
    // The runtime hands on bytes.
    modelled: (operation) => operation !== 'InvokeEndpoint',
    operationOf: (request) => (invokedEndpoint(request) === null ? control.operationOf(request) : 'InvokeEndpoint'),
    answer: (world, operation, request): AwsReply | Promise<AwsReply> =>
      operation === 'InvokeEndpoint' ? invoke(hosting, world, request) : control.answer(world, operation, request),
  };
}

async function answer(hosting: SagemakerHosting, world: AwsWorld, operation: string, body: Body): Promise<unknown> {
  if (operation === 'ListTags' || operation === 'AddTags') {
    const thing = world.visible().find(({ arn }) => arn === body.ResourceArn);
    if (!thing) throw absent('resource', body.ResourceArn!);
    if (operation === 'AddTags') Object.assign(thing.tags, tagsIn(body));
    return { Tags: Object.entries(thing.tags).map(([Key, Value]) => ({ Key, Value })) };
  }
  if (isOfRecommender(operation)) return recommend(world, operation, body);
  const [, verb, noun] = /^(Create|List|Describe|Delete)(EndpointConfig|Endpoint|Model)s?$/.exec(operation) ?? [];
  const known = noun === undefined ? undefined : nouns[noun as keyof typeof nouns];
  if (!known) throw unknownOperation(operation);
  const { kind, words } = known;
  await hosting.move(world);
  if (verb === 'List') {
    const contains = (body.NameContains ?? '').toLowerCase();
    const all = world.of(kind).filter(({ name }) => name.toLowerCase().includes(contains));
    const { items, next } = page(all, body.NextToken);
    return { [`${noun}s`]: items.map((thing) => shown(noun as Row, thing)), NextToken: next };
  }
  const name = String(body[`${noun}Name`]);
  if (verb === 'Create') {
    const thing = await hosting.create(world, kind, name, body, tagsIn(body));
    return { [`${noun}Arn`]: thing.arn };
  }
  const thing = world.find(kind, name);
  if (!thing) throw absent(words, arnOf(kind, name));
  if (verb === 'Delete') return hosting.remove(world, thing);
  return created(noun as Row, thing, world);
}

function tagsIn(body: Body): Record<string, string> {
  const pairs = (body['Tags'] ?? []) as { Key: string; Value: string }[];
  return Object.fromEntries(pairs.map(({ Key, Value }) => [Key, Value]));
}

function arnOf(kind: HostingKind, name: string): string {
  return `arn:aws:sagemaker:us-east-1:123456789012:${kind}/${name}`;
}
