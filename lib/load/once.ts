/** Every body exactly once, in order, one at a time on one socket. */
import type { Connection } from './connection.ts';
import type { Driver } from './driver.ts';
import { nowMs } from './monotonic.ts';
import type { Traffic } from './traffic.ts';

export class Once implements Driver {
  private readonly traffic: Traffic;
  private next = 0;
  private halted = false;

  constructor(traffic: Traffic) {
    this.traffic = traffic;
    traffic.onFree = (connection, now) => this.free(connection, now);
  }

  start(): void {
    this.free(this.traffic.connection(), nowMs());
  }

  tick(): void {}

  halt(): void {
    this.halted = true;
  }

  get done(): boolean {
    return this.traffic.inFlight === 0 && (this.halted || this.next >= this.traffic.templates.length);
  }

  abandon(): void {
    this.halted = true;
    this.traffic.close();
  }

  private free(connection: Connection, now: number): void {
    if (this.halted || this.next >= this.traffic.templates.length) return;
    const rest = connection.restUntilMs - now;
    if (rest > 0) setTimeout(() => this.free(connection, nowMs()), rest);
    else this.traffic.send(connection, this.traffic.draw(now, this.next++), now);
  }
}
