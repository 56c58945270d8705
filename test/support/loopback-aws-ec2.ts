import { type AwsWorld, account, page, region, ServiceError, type Thing } from './loopback-aws-world.ts';

/** EC2's query protocol: a form in, XML out. */
export function ec2(world: AwsWorld, form: URLSearchParams): string {
  const action = form.get('Action')!;
  switch (action) {
    case 'DescribeInstances': {
      const filters = listOf(form, 'Filter').map((key) => ({
        name: form.get(`${key}.Name`)!,
        values: listOf(form, `${key}.Value`).map((value) => form.get(value)!),
      }));
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

export function ec2Error({ code, message }: ServiceError): string {
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

function reservation({ name, status, tags }: Thing): string {
  const pairs = Object.entries(tags).map(([key, value]) => `<item>${tag('key', key)}${tag('value', value)}</item>`);
  const instance =
    tag('instanceId', name) +
    `<instanceState>${tag('name', status)}</instanceState>` +
    `<placement>${tag('availabilityZone', `${region}a`)}</placement>` +
    `<tagSet>${pairs.join('')}</tagSet>`;
  return `<item>${tag('ownerId', account)}<instancesSet><item>${instance}</item></instancesSet></item>`;
}

function xml(action: string, body: string): string {
  return `<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">${tag('requestId', 'r')}${body}</${action}Response>`;
}

function tag(name: string, text: string | undefined): string {
  if (text === undefined) return '';
  return `<${name}>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</${name}>`;
}
