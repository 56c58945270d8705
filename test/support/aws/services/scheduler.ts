import { type AwsRequest, restService } from '../service.ts';
import { type AwsWorld, deadlineGroup, page, ServiceError, type Thing } from '../world.ts';

/** `/schedules` and `/schedules/NAME`. What is due is invoked by `elapse`. */
export const scheduler = restService('scheduler', operationOf, answer);

/** Of a create or update call, as far as it decides anything. */
export interface ScheduleDetail {
  ScheduleExpression: string;
  ScheduleExpressionTimezone?: string;
  FlexibleTimeWindow: { Mode: string };
  ActionAfterCompletion?: 'DELETE' | 'NONE';
  ClientToken?: string;
  GroupName?: string;
  Target: {
    Arn: string;
    RoleArn: string;
    Input?: string;
    DeadLetterConfig?: { Arn: string };
    RetryPolicy?: { MaximumEventAgeInSeconds?: number; MaximumRetryAttempts?: number };
  };
}

export function scheduleNameIn({ url }: AwsRequest): string {
  return decodeURIComponent(url.pathname.split('/')[2] ?? '');
}

function operationOf(request: AwsRequest): string {
  if (scheduleNameIn(request) === '') return 'ListSchedules';
  const verb = { DELETE: 'Delete', POST: 'Create', PUT: 'Update' }[request.method] ?? 'Get';
  return `${verb}Schedule`;
}

function answer(world: AwsWorld, operation: string, request: AwsRequest): unknown {
  const query = request.url.searchParams;
  const name = scheduleNameIn(request);
  if (operation === 'ListSchedules') {
    group(query.get('ScheduleGroup'));
    const { items, next } = page(world.of('schedule'), query.get('NextToken'));
    return { Schedules: items.map(row), NextToken: next };
  }
  const found = world.find('schedule', name);
  if (operation === 'CreateSchedule' || operation === 'UpdateSchedule') {
    const detail = JSON.parse(request.body.toString()) as ScheduleDetail;
    group(detail.GroupName ?? 'default');
    validate(name, detail);
    if (operation === 'UpdateSchedule') {
      if (!found) throw absent(name);
    } else if (found) {
      // The same request again is answered again; the token says that it is the same (CreateSchedule, API reference).
      const { ClientToken } = (found.detail ?? {}) as { ClientToken?: string };
      if (detail.ClientToken === undefined || detail.ClientToken !== ClientToken) {
        throw new ServiceError('ConflictException', `Schedule ${name} already exists.`, 409);
      }
      return { ScheduleArn: found.arn };
    }
    const { arn } = world.add('schedule', name, { detail: { ...detail }, input: detail.Target.Input ?? '{}' });
    return { ScheduleArn: arn };
  }
  group(query.get('groupName'));
  if (!found) throw absent(name);
  if (operation === 'GetSchedule') {
    return { ...row(found), Target: { Arn: 'x', RoleArn: 'y', Input: found.input }, ...found.detail };
  }
  world.things.delete(found.arn);
  return {};
}

/** CreateSchedule and its types, API reference. */
function validate(name: string, { ScheduleExpression, FlexibleTimeWindow, ClientToken, Target }: ScheduleDetail): void {
  const { MaximumEventAgeInSeconds: age = 86_400, MaximumRetryAttempts: tries = 185 } = Target.RetryPolicy ?? {};
  const wrong = [
    /^[\w.-]{1,64}$/.test(name) ? '' : `Name ${name}`,
    /^at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)$/.test(ScheduleExpression) ? '' : `ScheduleExpression ${ScheduleExpression}`,
    FlexibleTimeWindow?.Mode === 'OFF' ? '' : 'FlexibleTimeWindow',
    ClientToken === undefined || /^[a-zA-Z0-9_-]{1,64}$/.test(ClientToken) ? '' : `ClientToken ${ClientToken}`,
    age >= 60 && age <= 86_400 && tries >= 0 && tries <= 185 ? '' : 'RetryPolicy',
  ].filter((text) => text !== '');
  if (wrong.length > 0) throw new ServiceError('ValidationException', `Invalid: ${wrong.join(', ')}`);
}

function row({ arn, name, status }: Thing) {
  return { Arn: arn, Name: name, GroupName: deadlineGroup, State: status };
}

function absent(name: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', `Schedule ${name} does not exist.`, 404);
}

function group(named: string | null): void {
  if (named === deadlineGroup) return;
  throw new ServiceError('ResourceNotFoundException', `Schedule group ${named} does not exist.`, 404);
}
