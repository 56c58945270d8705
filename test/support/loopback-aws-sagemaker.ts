import { type AwsWorld, page, ServiceError, type Thing } from './loopback-aws-world.ts';

type Body = Record<string, string | undefined>;
type HostingKind = 'endpoint' | 'endpoint-config' | 'model';

/** Words of the error, key of the name, plural of the listing. */
const KINDS: Record<string, { kind: HostingKind; words: string }> = {
  Endpoint: { kind: 'endpoint', words: 'endpoint' },
  EndpointConfig: { kind: 'endpoint-config', words: 'endpoint configuration' },
  Model: { kind: 'model', words: 'model' },
};
const IN_PROGRESS = ['Creating', 'Updating', 'SystemUpdating', 'RollingBack'];

/** `SageMaker.<operation>`, JSON 1.1. */
export function sagemaker(world: AwsWorld, operation: string, body: Body): unknown {
  if (operation === 'ListTags') {
    const tags = world.visible().find(({ arn }) => arn === body['ResourceArn'])?.tags;
    if (!tags) throw absent('resource', body['ResourceArn']!);
    return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
  }
  const [, verb, noun] = /^(List|Describe|Delete)(EndpointConfig|Endpoint|Model)s?$/.exec(operation) ?? [];
  const known = noun === undefined ? undefined : KINDS[noun];
  if (!known) throw new ServiceError('UnknownOperationException', operation);
  const { kind, words } = known;
  const row = ({ arn, name, status }: Thing) => ({
    [`${noun}Arn`]: arn,
    [`${noun}Name`]: name,
    ...(noun === 'Endpoint' ? { EndpointStatus: status } : {}),
    CreationTime: world.nowMs / 1000,
    LastModifiedTime: world.nowMs / 1000,
  });
  if (verb === 'List') {
    const contains = (body['NameContains'] ?? '').toLowerCase();
    const all = world.of(kind).filter(({ name }) => name.toLowerCase().includes(contains));
    const { items, next } = page(all, body['NextToken']);
    return { [`${noun}s`]: items.map(row), NextToken: next };
  }
  const name = body[`${noun}Name`]!;
  const thing = world.find(kind, name);
  if (!thing) throw absent(words, `arn:aws:sagemaker:us-east-1:123456789012:${kind}/${name}`);
  return verb === 'Describe' ? row(thing) : remove(world, thing);
}

function remove(world: AwsWorld, thing: Thing): unknown {
  if (thing.kind === 'endpoint') {
    if (IN_PROGRESS.includes(thing.status)) {
      throw new ServiceError('ValidationException', `Cannot update in-progress endpoint "${thing.arn}".`);
    }
    world.end(thing, 'Deleting');
    return {};
  }
  // AWS lets it happen; an update of the endpoint, or its end, then fails.
  const run = thing.tags['infersweep:run'];
  const above = world.of('endpoint').filter(({ tags }) => run !== undefined && tags['infersweep:run'] === run);
  if (above.length > 0) world.mistakes.push(`${thing.name} deleted below ${above[0]!.name}`);
  world.things.delete(thing.arn);
  return {};
}

/** Not a ResourceNotFound: the same class as every other mistake in a request. */
function absent(words: string, arn: string): ServiceError {
  return new ServiceError('ValidationException', `Could not find ${words} "${arn}".`);
}
