/** What every load shape shares within one segment: numbering, sockets, bookkeeping. The shapes only decide when to send. */
import type { SegmentResult } from '../core/load/job.ts';
import { drawBelow, hash32 } from '../core/load/seeded-random.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import { Connection, type ConnectionOwner } from './connection.ts';
import type { Exchange } from './exchange.ts';
import type { GoldenSampler } from './golden-sampler.ts';
import { KnownHead } from './known-head.ts';
import { nowMs } from './monotonic.ts';
import type { Origin } from './origin.ts';
import type { RequestTemplate } from './request-template.ts';
import type { Tally } from './tally.ts';

/** Gives every request of a job its own number: from 1, one by one, or as many apart as there are shares. */
export interface Numbering {
  next: number;
  readonly step: number;
}

/** Streams of the job's seed, so that draws for one purpose tell nothing about those for another. */
export const VARIANT_STREAM = 1;

export interface TrafficParts {
  /** Of the job. */
  seed: number;
  timeoutMs: number;
  maxConnections: number;
  origin: Origin;
  templates: RequestTemplate[];
  numbering: Numbering;
  tally: Tally;
  sampler: GoldenSampler;
  breaker: CircuitBreaker;
}

export class Traffic implements ConnectionOwner {
  readonly origin: Origin;
  readonly templates: RequestTemplate[];
  readonly knownHead = new KnownHead();
  readonly sockets: SegmentResult['connections'] = { opened: 0, reconnects: 0 };
  inFlight = 0;
  private readonly parts: TrafficParts;
  private readonly variantSeed: number;
  private readonly connections: Connection[] = [];
  /** Set by the shape: what to do with a connection whose request has ended. */
  onFree: (connection: Connection, now: number) => void = () => {};

  constructor(parts: TrafficParts) {
    this.parts = parts;
    this.origin = parts.origin;
    this.templates = parts.templates;
    this.variantSeed = hash32(parts.seed, VARIANT_STREAM);
  }

  get maxConnections(): number {
    return this.parts.maxConnections;
  }

  get connectionCount(): number {
    return this.connections.length;
  }

  connection(): Connection {
    const connection = new Connection(this);
    this.connections.push(connection);
    return connection;
  }

  /** The next request, meant for `intendedMs`; its body is drawn by the seed unless `variant` is given. */
  draw(intendedMs: number, variant?: number): Exchange {
    const { numbering } = this.parts;
    const number = numbering.next;
    numbering.next += numbering.step;
    const { length } = this.templates;
    const drawn = variant ?? (length === 1 ? 0 : drawBelow(length, this.variantSeed, number));
    return {
      number,
      variant: drawn,
      intendedMs,
      sentMs: Number.NaN,
      firstMs: Number.NaN,
      doneMs: Number.NaN,
      outcome: null,
      retried: false,
      throttled: false,
      answer: this.parts.sampler.choose(drawn, intendedMs),
    };
  }

  send(connection: Connection, exchange: Exchange, now: number): void {
    this.inFlight++;
    connection.send(exchange, now);
  }

  connected(handshakeMs: number): void {
    this.sockets.handshakeMs = Math.min(this.sockets.handshakeMs ?? handshakeMs, handshakeMs);
  }

  opened(again: boolean): void {
    this.sockets.opened++;
    if (again) this.sockets.reconnects++;
  }

  settled(connection: Connection, exchange: Exchange, now: number): void {
    this.inFlight--;
    this.enter(exchange, now);
    this.onFree(connection, now);
  }

  /** Books a request that was never handed to a connection. */
  lose(exchange: Exchange): void {
    exchange.outcome = 'lost';
    this.enter(exchange, nowMs());
  }

  /** Fails what has waited for its answer too long. */
  expire(now: number): void {
    const { timeoutMs } = this.parts;
    for (const connection of this.connections) connection.expire(now, timeoutMs);
  }

  /** Closes every socket; what is in flight is lost. */
  close(): void {
    for (const connection of this.connections) connection.close();
  }

  private enter(exchange: Exchange, now: number): void {
    const { tally, sampler, breaker } = this.parts;
    breaker.settled(exchange.outcome!, now);
    if (sampler.settled(exchange)) exchange.outcome = 'wrong-output';
    tally.settle(exchange, now);
  }
}
