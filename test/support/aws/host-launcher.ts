/** What runs on an instance or in a task of the loopback AWS: processes of this machine, or nothing but a script. */
import type { HostStart } from '../../../lib/core/plan/host-start.ts';

export interface HostSeat {
  instanceId: string;
  /** Its private address: an address of the loopback network of its own. */
  address: string;
  /** null: the document is not there, or none. */
  start: HostStart | null;
  /** Into the host's log stream. */
  say(event: string, facts?: Record<string, unknown>): void;
  /** Into a container's log stream. */
  log(container: string, line: string): void;
}

export interface RunningHost {
  /** The host has shut itself down. */
  ended(): boolean;
  /** Called as virtual time passes. */
  tick?(secondsRunning: number): void;
  stop(): void;
}

export interface HostLauncher {
  boot(seat: HostSeat): RunningHost;
}

/** Without processes, for thousands of schedules: healthy after so many virtual seconds, or failed. */
export function scriptedHosts(
  script: (seat: HostSeat) => {
    readyAfterSeconds: number;
    fails?: string;
    /** A job: what it does at its end, before the host ends. */
    finishes?: () => void;
  },
): HostLauncher {
  return {
    boot(seat) {
      const { readyAfterSeconds, fails, finishes } = script(seat);
      seat.say('booted', { driver: null });
      let said = false;
      return {
        ended: () => said && (fails !== undefined || finishes !== undefined),
        tick(seconds) {
          if (said || seconds < readyAfterSeconds) return;
          said = true;
          if (fails !== undefined) seat.say('failed', { reason: fails });
          else {
            finishes?.();
            seat.say(finishes ? 'finished' : 'ready');
          }
        },
        stop: () => undefined,
      };
    },
  };
}
