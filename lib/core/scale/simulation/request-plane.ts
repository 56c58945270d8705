/** Service request by request: instances with slots and a bounded queue, behind a router to the least outstanding. */
import { EventQueue } from './event-queue.ts';
import type { PlaneListener, ServicePlane, Tally } from './service-plane.ts';

export interface RequestPlaneInput {
  /** Seconds, ascending. */
  arrivals: Float64Array;
  /** Seconds of service of the n-th arrival, whatever the policy (common random numbers). */
  serviceS: (arrival: number) => number;
  /** Requests that an instance works on at once. */
  slots: number;
  /** Requests that wait at an instance at most; one more is refused. */
  queueBound: number;
  /** Latency limit. */
  sloS: number;
}

interface Server {
  id: number;
  busy: number;
  /** Arrivals that wait, from `head`. */
  queue: number[];
  head: number;
  leaving: boolean;
}

export class RequestPlane implements ServicePlane {
  private readonly input: RequestPlaneInput;
  private readonly servers: Server[] = [];
  private readonly byId = new Map<number, Server>();
  private readonly done = new EventQueue<{ server: Server; arrival: number }>();
  private listener: PlaneListener | null = null;
  private next = 0;
  private nowS = 0;
  private served = 0;
  private rejected = 0;
  private late = 0;
  private waitedS = 0;

  constructor(input: RequestPlaneInput) {
    this.input = input;
  }

  listen(listener: PlaneListener): void {
    this.listener = listener;
  }

  advance(toS: number): void {
    const { arrivals } = this.input;
    for (;;) {
      const arrivalS = this.next < arrivals.length ? arrivals[this.next]! : Number.POSITIVE_INFINITY;
      const doneS = this.done.nextS();
      if (doneS <= arrivalS && doneS <= toS) this.finish();
      else if (arrivalS < toS) this.arrive(this.next++, arrivalS);
      else break;
    }
    this.nowS = toS;
  }

  join(id: number): void {
    const server: Server = { id, busy: 0, queue: [], head: 0, leaving: false };
    this.servers.push(server);
    this.byId.set(id, server);
  }

  leave(id: number, atS: number): void {
    const server = this.byId.get(id)!;
    server.leaving = true;
    this.servers.splice(this.servers.indexOf(server), 1);
    if (server.busy === 0) this.gone(server, atS);
  }

  tally(): Tally {
    const { sloS, arrivals } = this.input;
    const left = [...this.byId.values()];
    const queued = left.reduce((sum, s) => sum + s.queue.length - s.head, 0);
    const inFlight = left.reduce((sum, s) => sum + s.busy, 0);
    const overdue = left.flatMap((s) => s.queue.slice(s.head)).filter((a) => this.nowS - arrivals[a]! > sloS).length;
    const { next, served, rejected } = this;
    return { arrivals: next, served, rejected, queued, inFlight, late: this.late + overdue };
  }

  /** Of all requests that began service. */
  meanWaitS(): number {
    return this.waitedS / Math.max(1, this.next - this.rejected);
  }

  private arrive(arrival: number, atS: number): void {
    this.listener?.counted(atS, 1, this.servers.length);
    let least: Server | null = null;
    for (const s of this.servers) if (least === null || outstanding(s) < outstanding(least)) least = s;
    if (least === null || outstanding(least) >= this.input.slots + this.input.queueBound) {
      this.rejected++;
      this.late++;
    } else if (least.busy < this.input.slots) this.begin(least, arrival, atS);
    else least.queue.push(arrival);
  }

  private begin(server: Server, arrival: number, atS: number): void {
    const { arrivals, serviceS, sloS } = this.input;
    const endS = atS + serviceS(arrival);
    server.busy++;
    this.waitedS += atS - arrivals[arrival]!;
    // Known already: what is being served will be answered.
    if (endS - arrivals[arrival]! > sloS) this.late++;
    this.done.push(endS, { server, arrival });
  }

  private finish(): void {
    const { atS, event } = this.done.pop();
    const { server } = event;
    server.busy--;
    this.served++;
    if (server.head < server.queue.length) {
      this.begin(server, server.queue[server.head++]!, atS);
      if (server.head > 1024) {
        server.queue.splice(0, server.head);
        server.head = 0;
      }
    } else if (server.leaving && server.busy === 0) this.gone(server, atS);
  }

  private gone(server: Server, atS: number): void {
    this.byId.delete(server.id);
    this.listener?.drained(server.id, atS);
  }
}

function outstanding(s: Server): number {
  return s.busy + s.queue.length - s.head;
}
