import { type AwsWorld, deadlineGroup, page, ServiceError, type Thing } from './loopback-aws-world.ts';

/** Scheduler's REST: `/schedules` and `/schedules/NAME`. */
export function scheduler(world: AwsWorld, operation: string, name: string, query: URLSearchParams): unknown {
  if (operation === 'ListSchedules') {
    group(query.get('ScheduleGroup'));
    const { items, next } = page(world.of('schedule'), query.get('NextToken'));
    return { Schedules: items.map(row), NextToken: next };
  }
  group(query.get('groupName'));
  const found = world.find('schedule', name);
  if (!found) throw new ServiceError('ResourceNotFoundException', `Schedule ${name} does not exist.`, 404);
  if (operation === 'GetSchedule') return { ...row(found), Target: { Arn: 'x', RoleArn: 'y', Input: found.input } };
  world.things.delete(found.arn);
  return {};
}

export function schedulerOperation(method: string, path: string): { operation: string; name: string } {
  const name = decodeURIComponent(path.split('/')[2] ?? '');
  if (name === '') return { operation: 'ListSchedules', name };
  return { operation: method === 'DELETE' ? 'DeleteSchedule' : 'GetSchedule', name };
}

function row({ arn, name, status }: Thing) {
  return { Arn: arn, Name: name, GroupName: deadlineGroup, State: status };
}

function group(named: string | null): void {
  if (named === deadlineGroup) return;
  throw new ServiceError('ResourceNotFoundException', `Schedule group ${named} does not exist.`, 404);
}
