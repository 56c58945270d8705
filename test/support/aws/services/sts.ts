import { queryService } from '../service.ts';
import { type AwsWorld, account, ServiceError } from '../world.ts';

/** Sessions end by the world's clock. */
export const sts = queryService('sts', answer, failure);

function answer(world: AwsWorld, form: URLSearchParams, { accessKeyId }: { accessKeyId: string | null }): string {
  const action = form.get('Action');
  if (action === 'GetCallerIdentity') {
    const session = world.sessions.get(accessKeyId ?? '');
    const arn = session ? assumed(session.roleArn, session.sessionName) : `arn:aws:iam::${account}:user/test`;
    return xml(action, `<Arn>${arn}</Arn><UserId>${accessKeyId}</UserId><Account>${account}</Account>`);
  }
  if (action !== 'AssumeRole') throw new ServiceError('InvalidAction', `Could not find operation ${action}`);
  const roleArn = form.get('RoleArn')!;
  const sessionName = form.get('RoleSessionName')!;
  // AssumeRole, API reference.
  if (!/^[\w+=,.@-]{2,64}$/.test(sessionName))
    throw new ServiceError('ValidationError', `RoleSessionName ${sessionName}`);
  const seconds = Number(form.get('DurationSeconds') ?? 3600);
  if (seconds < 900 || seconds > 3600) {
    throw new ServiceError(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    );
  }
  const id = `ASIA${String(world.sessions.size + 1).padStart(16, '0')}`;
  const expiresMs = world.nowMs + seconds * 1000;
  world.sessions.set(id, { roleArn, sessionName, expiresMs });
  const expiration = new Date(expiresMs).toISOString().replace(/\.\d+/, '');
  return xml(
    action,
    `<Credentials><AccessKeyId>${id}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token-${id}</SessionToken><Expiration>${expiration}</Expiration></Credentials><AssumedRoleUser><Arn>${assumed(roleArn, sessionName)}</Arn><AssumedRoleId>AROA:${sessionName}</AssumedRoleId></AssumedRoleUser>`,
  );
}

/** How a role's session signs: its path is no part of it. */
export function assumed(roleArn: string, sessionName: string): string {
  return `arn:aws:sts::${account}:assumed-role/${roleArn.split('/').at(-1)}/${sessionName}`;
}

function failure({ code, message }: ServiceError): string {
  return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`;
}

function xml(action: string, body: string): string {
  return `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>${body}</${action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></${action}Response>`;
}
