import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';

export interface RoleSessionOptions {
  region: string;
  /** Of the guard. */
  createRoleArn: string;
  deleteRoleArn: string;
  runId: string;
  /**
   * Whose own identity takes the roles on.
   *
   * @default - the SDK's usual chain
   */
  credentials?: Parameters<typeof fromTemporaryCredentials>[0]['masterCredentials'];
  /** @default - AWS */
  endpoint?: string;
  /** @default 5 */
  maxAttempts?: number;
}

type Assume = ReturnType<typeof fromTemporaryCredentials>;
type AwsCredentialIdentity = Awaited<ReturnType<Assume>>;

/** What every client of one role is made from. */
export interface RoleSession {
  region: string;
  credentials: Assume;
  /** At least two: the first answer corrects a clock that is wrong, the second call is signed by the corrected one. */
  maxAttempts: number;
  endpoint?: string;
}

/** A role's session that another role's session took on lasts an hour at most ("Role chaining", IAM User Guide). */
const DURATION_SECONDS = 3600;
const MAX_ATTEMPTS = 5;
/** The SDK's clients ask for others when theirs end within five minutes; those that they get should last longer. */
const RENEWED_BEFORE_MS = 6 * 60_000;

/**
 * Two principals for one run: what creates cannot delete, and what deletes cannot create. Each renews itself before it
 * ends; CloudTrail shows the run in the session's name.
 */
export function roleSessions(o: RoleSessionOptions): { creating: RoleSession; deleting: RoleSession } {
  return { creating: session(o, 'create', o.createRoleArn), deleting: session(o, 'delete', o.deleteRoleArn) };
}

function session(o: RoleSessionOptions, part: string, RoleArn: string): RoleSession {
  const { region, runId, credentials, endpoint } = o;
  const at = { region, maxAttempts: o.maxAttempts ?? MAX_ATTEMPTS, ...(endpoint === undefined ? {} : { endpoint }) };
  const assume = fromTemporaryCredentials({
    ...(credentials === undefined ? {} : { masterCredentials: credentials }),
    params: { RoleArn, RoleSessionName: sessionName(part, runId), DurationSeconds: DURATION_SECONDS },
    clientConfig: at,
  });
  return { ...at, credentials: shared(async (identity) => endingByLocalClock(Date.now(), await assume(identity))) };
}

/** One session for all clients of the role, each of which would take it on for itself; a new one as soon as clients want one. */
function shared(take: Assume): Assume {
  let current: Promise<AwsCredentialIdentity | null> = Promise.resolve(null);
  return (identity) => {
    const before = current.catch(() => null);
    const next = before.then((held) => (held && lasts(held) ? held : take(identity)));
    current = next;
    return next;
  };
}

const lasts = ({ expiration }: AwsCredentialIdentity) => expiration!.getTime() - Date.now() > RENEWED_BEFORE_MS;

/** The SDK compares an expiry by the server's time with this machine's clock; one that is behind would go on with a dead session. */
function endingByLocalClock(askedMs: number, credentials: AwsCredentialIdentity): AwsCredentialIdentity {
  const endsMs = askedMs + DURATION_SECONDS * 1000;
  return { ...credentials, expiration: new Date(Math.min(endsMs, credentials.expiration?.getTime() ?? endsMs)) };
}

/** 2 to 64 characters of [\w+=,.@-] (AssumeRole, API reference). */
export function sessionName(part: string, runId: string): string {
  return `${part}-${runId}`.replace(/[^\w+=,.@-]/g, '-').slice(0, 64);
}
