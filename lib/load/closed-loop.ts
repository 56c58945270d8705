/** N users, each on its own socket, each sending its next request the moment it has its answer. */
import type { Connection } from './connection.ts';
import type { Driver } from './driver.ts';
import { nowMs } from './monotonic.ts';
import type { Traffic } from './traffic.ts';

export class ClosedLoop implements Driver {
  private readonly traffic: Traffic;
  private readonly users: number;
  private readonly endMs: number;
  private halted = false;

  /** @param endMs when users stop sending, on the monotonic clock */
  constructor(traffic: Traffic, users: number, endMs: number) {
    this.traffic = traffic;
    this.users = users;
    this.endMs = endMs;
    traffic.onFree = (connection, now) => this.free(connection, now);
  }

  start(): void {
    for (let user = 0; user < this.users; user++) this.free(this.traffic.connection(), nowMs());
  }

  tick(): void {}

  halt(): void {
    this.halted = true;
  }

  get done(): boolean {
    return this.traffic.inFlight === 0 && (this.halted || nowMs() >= this.endMs);
  }

  abandon(): void {
    this.halted = true;
    this.traffic.close();
  }

  private free(connection: Connection, now: number): void {
    if (this.halted || now >= this.endMs) return;
    const rest = connection.restUntilMs - now;
    if (rest > 0) setTimeout(() => this.free(connection, nowMs()), rest);
    else this.traffic.send(connection, this.traffic.draw(now), now);
  }
}
