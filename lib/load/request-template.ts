/**
 * A request built once and sent many times: only the twelve digits of its id change, in place, so that sending costs one write
 * and no allocation.
 */
import type { Socket } from 'node:net';
import type { Body, Endpoint } from '../core/load/job.ts';
import type { Origin } from './origin.ts';

const ID_DIGITS = 12;
/** Above this the body is written beside the head instead of behind it, so that no copy of it is ever made. */
const ONE_PIECE_BYTES = 16_384;

export class RequestTemplate {
  private first: Buffer;
  private readonly rest: Buffer | null;
  private readonly idAt: number;

  constructor(endpoint: Endpoint, origin: Origin, body: Body) {
    const content = Buffer.from(body.content, body.encoding);
    const named = new Set(Object.keys(endpoint.headers).map((name) => name.toLowerCase()));
    const lines = [`${endpoint.method} ${endpoint.path} HTTP/1.1`];
    if (!named.has('host')) lines.push(`Host: ${origin.host}`);
    for (const [name, value] of Object.entries(endpoint.headers)) lines.push(`${name}: ${value}`);
    if (endpoint.method !== 'GET' || content.length > 0) {
      if (!named.has('content-type')) lines.push('Content-Type: application/json');
      lines.push(`Content-Length: ${content.length}`);
    }
    lines.push('x-infersweep-request: ');
    const head = Buffer.from(`${lines.join('\r\n')}${'0'.repeat(ID_DIGITS)}\r\n\r\n`, 'latin1');
    this.idAt = head.length - 4 - ID_DIGITS;
    const together = content.length <= ONE_PIECE_BYTES;
    this.first = together ? Buffer.concat([head, content]) : head;
    this.rest = together ? null : content;
  }

  /** Writes the request with the id `number`. */
  write(socket: Socket, number: number): void {
    let digits = number;
    // Ids only grow, so the zeros before the first digit are still there.
    for (let at = this.idAt + ID_DIGITS - 1; digits > 0; at--) {
      const next = Math.floor(digits / 10);
      this.first[at] = 48 + digits - next * 10;
      digits = next;
    }
    if (this.rest === null) socket.write(this.first);
    else {
      socket.cork();
      socket.write(this.first);
      socket.write(this.rest);
      socket.uncork();
    }
    // What the kernel did not take at once still points at these bytes: the next id goes into a fresh copy.
    if (socket.writableLength > 0) this.first = Buffer.from(this.first);
  }
}
