/** AWS refuses what was signed at another time than its own: five minutes away ("Clock skew", Signature Version 4). */
import type { Gate } from './loopback-aws.ts';
import { ServiceError } from './world.ts';

const TOLERANCE_MS = 5 * 60_000;

export const signingTime: Gate = ({ world, request: { headers } }) => {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(headers['x-amz-date'] ?? '') ?? [];
  const signedMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Math.abs(signedMs - world.nowMs) <= TOLERANCE_MS) return;
  throw new ServiceError(
    'InvalidSignatureException',
    `Signature not yet current or expired: ${headers['x-amz-date']} is not within 5 min. of ${new Date(world.nowMs).toISOString()}`,
    403,
  );
};
