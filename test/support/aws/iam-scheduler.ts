import { arn, jsonBody, passRole, type RequirementsOf, unknown } from './iam-requirement.ts';
import { type ScheduleDetail, scheduleNameIn } from './services/scheduler.ts';

/** Schedules carry no tags: their group is all that tells them apart. */
export const schedulerRequirements: RequirementsOf = (operation, request) => {
  const action = `scheduler:${operation}`;
  const name = scheduleNameIn(request);
  const on = (group: string | null | undefined) => ({
    action,
    resource: arn('scheduler', `schedule/${group ?? 'default'}/${name}`),
  });
  switch (operation) {
    case 'ListSchedules':
      return [{ action, resource: '*' }];
    case 'GetSchedule':
    case 'DeleteSchedule':
      return [on(request.url.searchParams.get('groupName'))];
    case 'CreateSchedule':
    case 'UpdateSchedule': {
      const { GroupName, Target } = jsonBody<ScheduleDetail>(request);
      return [on(GroupName), ...passRole(Target.RoleArn, 'scheduler.amazonaws.com')];
    }
    default:
      return unknown('scheduler', operation);
  }
};
