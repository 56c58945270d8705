/**
 * The server's time, from the `Date` of one answer: AWS refuses a signature whose date is more than five minutes off
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html), and a generator's clock may be wrong
 * by more. It then runs on the monotonic clock, which nobody sets.
 */
import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { nowMs } from './monotonic.ts';
import type { Origin } from './origin.ts';

const TIMEOUT_MS = 2000;
/** `Date` has whole seconds, cut off: on average it is this much behind. */
const HALF_SECOND_MS = 500;

export class ServerClock {
  private readonly zeroMs: number;

  /** @param offsetMs what the server's clock is ahead of this host's */
  constructor(offsetMs: number) {
    this.zeroMs = Date.now() + offsetMs - nowMs();
  }

  /** Epoch milliseconds. */
  nowMs(): number {
    return this.zeroMs + nowMs();
  }

  /** Asks the server once; one that tells no time is taken to agree with this host. */
  static async learn(origin: Origin): Promise<ServerClock> {
    const before = Date.now();
    const date = await dateOf(origin);
    const middle = (before + Date.now()) / 2;
    return new ServerClock(date === null ? 0 : date + HALF_SECOND_MS - middle);
  }
}

/** Any answer will do, a refusal of the unsigned request included. */
function dateOf({ tls, hostname, port, host }: Origin): Promise<number | null> {
  return new Promise((resolve) => {
    const send = tls ? secure : plain;
    const request = send({ hostname, port, path: '/', method: 'HEAD', agent: false, headers: { host } }, (response) => {
      const date = Date.parse(response.headers.date ?? '');
      resolve(Number.isNaN(date) ? null : date);
      request.destroy();
    });
    const timer = setTimeout(() => request.destroy(), TIMEOUT_MS);
    request.on('error', () => {});
    request.on('close', () => {
      clearTimeout(timer);
      resolve(null);
    });
    request.end();
  });
}
