/** Users, each on its own socket, each sending its next request the moment it has its answer; they come and go as the shape says. */
import type { UserShape } from '../core/load/shape.ts';
import { type Share, shareOf } from '../core/load/share.ts';
import { usersAt } from '../core/load/users.ts';
import type { Connection } from './connection.ts';
import type { Driver } from './driver.ts';
import { nowMs } from './monotonic.ts';
import type { Traffic } from './traffic.ts';

export interface UserPlan {
  shape: UserShape;
  share: Share;
  /** Zero of the shape and when users stop sending, on the monotonic clock. */
  startMs: number;
  endMs: number;
}

export class ClosedLoop implements Driver {
  private readonly traffic: Traffic;
  private readonly plan: UserPlan;
  private started = false;
  private halted = false;
  private target = 0;
  private active = 0;
  /** Users who have left; whoever joins next takes the socket of one. */
  private readonly gone: Connection[] = [];

  constructor(traffic: Traffic, plan: UserPlan) {
    this.traffic = traffic;
    this.plan = plan;
    traffic.onFree = (connection, now) => this.free(connection, now);
  }

  start(): void {
    this.started = true;
    this.tick();
  }

  /** Lets users join; those too many leave after their answer. */
  tick(): void {
    const now = nowMs();
    if (!this.started || this.halted || now >= this.plan.endMs) return;
    this.target = shareOf(usersAt(this.plan.shape, now - this.plan.startMs), this.plan.share);
    while (this.active < this.target) {
      this.active++;
      this.free(this.gone.pop() ?? this.traffic.connection(), nowMs());
    }
  }

  halt(): void {
    this.halted = true;
  }

  get done(): boolean {
    return this.traffic.inFlight === 0 && (this.halted || nowMs() >= this.plan.endMs);
  }

  abandon(): void {
    this.halted = true;
    this.traffic.close();
  }

  private free(connection: Connection, now: number): void {
    if (this.halted || now >= this.plan.endMs) return;
    if (this.active > this.target) {
      this.active--;
      this.gone.push(connection);
      return;
    }
    const rest = connection.restUntilMs - now;
    if (rest > 0) setTimeout(() => this.free(connection, nowMs()), rest);
    else this.traffic.send(connection, this.traffic.draw(now), now);
  }
}
