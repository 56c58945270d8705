/** One keep-alive socket with one request on it at a time. It reconnects by itself, and says once for each request how it ended. */
import type { Socket } from 'node:net';
import { type Exchange, keepPiece, type Outcome } from './exchange.ts';
import type { KnownHead } from './known-head.ts';
import { nowMs } from './monotonic.ts';
import type { Origin } from './origin.ts';
import type { RequestTemplate } from './request-template.ts';
import { MALFORMED, MORE, ResponseParser } from './response-parser.ts';
import { openSocket } from './socket.ts';
import { SocketWriter } from './socket-writer.ts';

const FIRST_REST_MS = 10;
const LONGEST_REST_MS = 500;

export interface ConnectionOwner {
  readonly origin: Origin;
  readonly templates: readonly RequestTemplate[];
  readonly knownHead: KnownHead;
  /** A socket's TCP handshake took so long. */
  connected(handshakeMs: number): void;
  /** A socket was established; `again` when this connection had one before. */
  opened(again: boolean): void;
  /** `exchange` ended at `now` and its outcome is set; the connection is free unless it has to rest. */
  settled(connection: Connection, exchange: Exchange, now: number): void;
}

export class Connection {
  /** A server that refuses or drops us is left alone until this moment, so that a dead one does not spin the client. */
  restUntilMs = 0;
  private readonly owner: ConnectionOwner;
  private readonly parser: ResponseParser;
  private socket: Socket | null = null;
  /** Of the socket that is there and ready. */
  private writer: SocketWriter | null = null;
  private everOpened = false;
  /** Requests already answered on this socket. */
  private served = 0;
  private failuresInARow = 0;
  private exchange: Exchange | null = null;
  private handedOverMs = 0;

  constructor(owner: ConnectionOwner) {
    this.owner = owner;
    this.parser = new ResponseParser(owner.knownHead);
  }

  /** Sends at once, or as soon as the socket is there. Only while nothing is in flight. */
  send(exchange: Exchange, now: number): void {
    this.exchange = exchange;
    this.handedOverMs = now;
    if (this.writer === null) this.open();
    else this.write(this.writer);
  }

  /** Ends a request that has waited for `timeoutMs` or longer. */
  expire(now: number, timeoutMs: number): void {
    if (this.exchange === null || now - this.handedOverMs < timeoutMs) return;
    const outcome = this.writer === null ? 'connect' : 'timeout';
    this.drop();
    this.fail(outcome);
  }

  /** Gives up whatever is in flight as `lost` and closes. */
  close(): void {
    this.drop();
    if (this.exchange !== null) this.fail('lost');
  }

  private open(): void {
    const socket: Socket = openSocket(this.owner.origin, {
      connected: (handshakeMs) => this.owner.connected(handshakeMs),
      ready: () => {
        if (socket !== this.socket) return;
        this.owner.opened(this.everOpened);
        this.everOpened = true;
        this.writer = new SocketWriter(socket);
        this.served = 0;
        if (this.exchange !== null) this.write(this.writer);
      },
      received: (buffer, size) => {
        if (socket === this.socket) this.received(buffer, size);
      },
      ended: (clean) => {
        if (socket === this.socket) this.ended(clean);
      },
    });
    this.socket = socket;
  }

  private write(writer: SocketWriter): void {
    const exchange = this.exchange!;
    const { parser } = this;
    parser.begin();
    if (exchange.answer !== null) {
      const { answer } = exchange;
      parser.sink = (piece) => keepPiece(answer, piece);
    }
    // Before the write, which wakes the server: the request must not arrive earlier than it was sent.
    if (Number.isNaN(exchange.sentMs)) exchange.sentMs = nowMs();
    this.owner.templates[exchange.variant]!.write(writer, exchange.number);
  }

  private received(buffer: Buffer, size: number): void {
    const now = nowMs();
    if (this.exchange === null) {
      // Nobody asked: whatever this is, it must not be taken for the next answer.
      this.drop();
      return;
    }
    const used = this.parser.feed(buffer, 0, size);
    if (used === MORE) {
      if (Number.isNaN(this.exchange.firstMs)) this.exchange.firstMs = now;
      return;
    }
    if (used === MALFORMED) {
      this.drop();
      this.fail('protocol');
      return;
    }
    if (used < size || !this.parser.head.keepAlive) this.drop();
    this.answered(now);
  }

  private answered(now: number): void {
    const { head } = this.parser;
    const { answer } = this.exchange!;
    if (answer !== null) {
      answer.status = head.status;
      answer.inferenceHeaderLength = head.inferenceHeaderLength;
    }
    this.served++;
    if (head.status >= 400) this.exchange!.throttled = head.status === 429 || head.throttled;
    this.settle(outcomeOf(head.status), now, now);
  }

  /** The socket is gone; `clean` when the server ended its side in order. */
  private ended(clean: boolean): void {
    const wasReady = this.writer !== null;
    const reused = this.served > 0;
    this.drop();
    const { exchange, parser } = this;
    if (exchange === null) return;
    if (!wasReady) this.fail('connect');
    else if (clean && parser.endOfStream()) this.answered(nowMs());
    else if (reused && !parser.started && !exchange.retried) {
      // The server closed an idle socket while the request was on its way (RFC 9112 §9.3.1); inference may be repeated.
      exchange.retried = true;
      this.open();
    } else this.fail('reset');
  }

  /** Ends a request that has no answer. */
  private fail(outcome: Outcome): void {
    this.settle(outcome, Number.NaN, nowMs());
  }

  private settle(outcome: Outcome, doneMs: number, now: number): void {
    const exchange = this.exchange!;
    this.exchange = null;
    exchange.outcome = outcome;
    exchange.doneMs = doneMs;
    if (outcome === 'connect' || outcome === 'reset') this.rest(outcome, now);
    else this.failuresInARow = 0;
    this.owner.settled(this, exchange, now);
  }

  /** 10 ms doubling to 500 ms. A single reset is followed at once: only a server that keeps failing is spared. */
  private rest(outcome: 'connect' | 'reset', now: number): void {
    const step = this.failuresInARow++ - (outcome === 'reset' ? 1 : 0);
    if (step >= 0) this.restUntilMs = now + Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** Math.min(step, 10));
  }

  private drop(): void {
    const { socket } = this;
    this.socket = null;
    this.writer = null;
    socket?.destroy();
  }
}

function outcomeOf(status: number): Outcome {
  if (status >= 200 && status < 300) return 'ok';
  if (status >= 500) return 'http-5xx';
  // A redirect is no inference answer and no class of its own: following it would measure another server.
  return status >= 400 ? 'http-4xx' : 'protocol';
}
