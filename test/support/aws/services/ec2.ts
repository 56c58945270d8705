import { queryService, type Service } from '../service.ts';
import { type AwsWorld, account, page, region, ServiceError, type Thing } from '../world.ts';
import { accountIn } from './account.ts';
import type { Ec2Cloud, InstanceDetail } from './ec2-cloud.ts';

/** Lists and ends what a test put there. */
export const ec2 = queryService('ec2', (world, form) => answer(world, form, null), failure);

/** Launches, too. */
export function ec2With(cloud: Ec2Cloud): Service {
  return queryService('ec2', (world, form) => answer(world, form, cloud), failure);
}

function answer(world: AwsWorld, form: URLSearchParams, cloud: Ec2Cloud | null): string {
  const action = form.get('Action')!;
  if (action === 'RunInstances' && cloud !== null) return xml(action, runInstances(world, form, cloud));
  switch (action) {
    case 'DescribeSubnets':
      return xml(action, subnets(form, cloud?.zones ?? accountIn(world).subnets));
    case 'DescribeInstanceTypeOfferings':
      return xml(action, offerings(form, cloud === null ? accountOffers(world) : cloudOffers(cloud)));
    case 'DescribeInstances': {
      const filters = filtersOf(form);
      const all = world.of('instance').filter((thing) => filters.every((filter) => passes(thing, filter)));
      const { items, next } = page(all, form.get('NextToken'));
      return xml(
        action,
        `<reservationSet>${items.map(reservation).join('')}</reservationSet>${tag('nextToken', next)}`,
      );
    }
    case 'TerminateInstances': {
      const ids = listOf(form, 'InstanceId').map((key) => form.get(key)!);
      for (const id of ids) {
        const found = world.find('instance', id);
        if (!found) throw new ServiceError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
        if (found.status !== 'terminated') world.end(found, 'shutting-down', 'terminated');
      }
      return xml(action, '<instancesSet/>');
    }
    default:
      throw new ServiceError('InvalidAction', `The action ${action} is not valid for this web service.`);
  }
}

function runInstances(world: AwsWorld, form: URLSearchParams, cloud: Ec2Cloud): string {
  const tags: Record<string, Record<string, string>> = { instance: {}, volume: {} };
  for (const spec of listOf(form, 'TagSpecification')) {
    const pairs = listOf(form, `${spec}.Tag`).map((key) => [form.get(`${key}.Key`)!, form.get(`${key}.Value`)!]);
    tags[form.get(`${spec}.ResourceType`)!] = Object.fromEntries(pairs);
  }
  const thing = cloud.run(world, {
    type: form.get('InstanceType')!,
    subnet: form.get('SubnetId')!,
    template: form.get('LaunchTemplate.LaunchTemplateId')!,
    token: form.get('ClientToken')!,
    spot: form.get('InstanceMarketOptions.MarketType') === 'spot',
    tags: tags as Record<'instance' | 'volume', Record<string, string>>,
  });
  return `${tag('ownerId', account)}<instancesSet><item>${instanceOf(thing)}</item></instancesSet>`;
}

function subnets(form: URLSearchParams, zones: Record<string, string>): string {
  const items = listOf(form, 'SubnetId').map((key) => {
    const id = form.get(key)!;
    if (zones[id] === undefined)
      throw new ServiceError('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`);
    return `<item>${tag('subnetId', id)}${tag('availabilityZone', zones[id])}</item>`;
  });
  return `<subnetSet>${items.join('')}</subnetSet>`;
}

/** Zones that have a type. */
type Offers = (type: string) => string[];

const accountOffers =
  (world: AwsWorld): Offers =>
  (type) =>
    accountIn(world).offerings[type] ?? [];

const cloudOffers =
  (cloud: Ec2Cloud): Offers =>
  (type) =>
    [...new Set(Object.values(cloud.zones))].filter((zone) => cloud.capacity(type, zone) !== 'unsupported');

function offerings(form: URLSearchParams, zonesOf: Offers): string {
  const values = (name: string) => filtersOf(form).find((filter) => filter.name === name)?.values;
  const all = (values('instance-type') ?? []).flatMap((type) =>
    zonesOf(type)
      .filter((zone) => values('location')?.includes(zone) ?? true)
      .map(
        (zone) =>
          `<item>${tag('instanceType', type)}${tag('locationType', 'availability-zone')}${tag('location', zone)}</item>`,
      ),
  );
  const { items, next } = page(all, form.get('NextToken'));
  return `<instanceTypeOfferingSet>${items.join('')}</instanceTypeOfferingSet>${tag('nextToken', next)}`;
}

function filtersOf(form: URLSearchParams): { name: string; values: string[] }[] {
  return listOf(form, 'Filter').map((key) => ({
    name: form.get(`${key}.Name`)!,
    values: listOf(form, `${key}.Value`).map((value) => form.get(value)!),
  }));
}

function failure({ code, message }: ServiceError): string {
  return `<Response><Errors><Error>${tag('Code', code)}${tag('Message', message)}</Error></Errors><RequestID>r</RequestID></Response>`;
}

/** `Filter.1.Name` … → `Filter.1`, and `InstanceId.1` → `InstanceId.1`. */
function listOf(form: URLSearchParams, prefix: string): string[] {
  const pattern = new RegExp(`^${prefix.replaceAll('.', '\\.')}\\.\\d+`);
  return [...new Set([...form.keys()].flatMap((key) => pattern.exec(key)?.[0] ?? []))];
}

function passes({ tags, status }: Thing, { name, values }: { name: string; values: string[] }): boolean {
  const like = (value: string | undefined) =>
    value !== undefined && values.some((v) => (v.endsWith('*') ? value.startsWith(v.slice(0, -1)) : v === value));
  if (name === 'instance-state-name') return like(status);
  if (name === 'tag-key') return Object.keys(tags).some(like);
  if (name.startsWith('tag:')) return like(tags[name.slice(4)]);
  throw new ServiceError('InvalidParameterValue', `The filter '${name}' is invalid`);
}

function reservation(thing: Thing): string {
  return `<item>${tag('ownerId', account)}<instancesSet><item>${instanceOf(thing)}</item></instancesSet></item>`;
}

function instanceOf({ name, status, tags, detail, createdMs }: Thing): string {
  const pairs = Object.entries(tags).map(([key, value]) => `<item>${tag('key', key)}${tag('value', value)}</item>`);
  const { type, zone, address, spot, reason, cores, threads } = (detail ?? {}) as Partial<InstanceDetail>;
  return (
    tag('instanceId', name) +
    `<instanceState>${tag('name', status)}</instanceState>` +
    `<placement>${tag('availabilityZone', zone ?? `${region}a`)}</placement>` +
    tag('launchTime', new Date(createdMs).toISOString()) +
    tag('instanceType', type) +
    // A terminated instance has lost its address.
    tag('privateIpAddress', status === 'terminated' ? undefined : address) +
    tag('instanceLifecycle', spot ? 'spot' : undefined) +
    (cores
      ? `<cpuOptions>${tag('coreCount', String(cores))}${tag('threadsPerCore', String(threads))}</cpuOptions>`
      : '') +
    (reason ? `<stateReason>${tag('code', reason.code)}${tag('message', reason.message)}</stateReason>` : '') +
    `<tagSet>${pairs.join('')}</tagSet>`
  );
}

function xml(action: string, body: string): string {
  return `<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">${tag('requestId', 'r')}${body}</${action}Response>`;
}

function tag(name: string, text: string | undefined): string {
  if (text === undefined) return '';
  return `<${name}>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</${name}>`;
}
