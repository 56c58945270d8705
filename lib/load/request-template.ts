/**
 * A request built once and sent many times: only the twelve digits of its id change, in place, so that sending costs one write
 * and no allocation. A signature is written in from outside, between two sendings.
 */
import type { Body, Endpoint } from '../core/load/job.ts';
import type { SignableRequest } from '../core/load/signer.ts';
import type { Origin } from './origin.ts';
import type { SocketWriter } from './socket-writer.ts';

const ID_DIGITS = 12;
const NO_ID = Buffer.from('0'.repeat(ID_DIGITS));
const END_OF_HEAD = Buffer.from('\r\n\r\n');
const NOTHING = Buffer.alloc(0);
/** Above this the body is written beside the head instead of behind it, so that no copy of it is ever made. */
const ONE_PIECE_BYTES = 16_384;

export class RequestTemplate {
  /** What a signature covers: everything but the id. */
  readonly signable: SignableRequest;
  private readonly content: Buffer;
  /** Request line and fields, without the id and the signature. */
  private readonly lines: string[];
  private first!: Buffer;
  private readonly rest: Buffer | null;
  private idAt = 0;
  /** The id that is in `first`. */
  private last = 0;

  constructor(endpoint: Endpoint, origin: Origin, body: Body) {
    this.content = Buffer.from(body.content, body.encoding);
    const headers: Record<string, string> = { host: origin.host };
    const carriesBody = endpoint.method !== 'GET' || this.content.length > 0;
    if (carriesBody) headers['content-type'] = 'application/json';
    for (const [name, value] of Object.entries(endpoint.headers)) headers[name.toLowerCase()] = value;
    this.signable = { method: endpoint.method, path: endpoint.path, headers, body: this.content };
    this.lines = [`${endpoint.method} ${endpoint.path} HTTP/1.1`];
    for (const [name, value] of Object.entries(headers)) this.lines.push(`${name}: ${value}`);
    if (carriesBody) this.lines.push(`Content-Length: ${this.content.length}`);
    this.rest = this.content.length <= ONE_PIECE_BYTES ? null : this.content;
    this.build([]);
  }

  /** Replaces the signature. Bytes on their way to the kernel keep the old one. */
  sign(headers: Readonly<Record<string, string>>): void {
    this.build(Object.entries(headers).map(([name, value]) => `${name}: ${value}`));
  }

  /** Writes the request with the id `number`. */
  write(writer: SocketWriter, number: number): void {
    let [digits, last] = [number, this.last];
    // Only as many as differ from the id before, which is mostly one.
    for (let at = this.idAt + ID_DIGITS - 1; digits !== last; at--) {
      const next = Math.floor(digits / 10);
      this.first[at] = 48 + digits - next * 10;
      digits = next;
      last = Math.floor(last / 10);
    }
    this.last = number;
    const { first, rest } = this;
    // What the kernel did not take at once still points at these bytes: the next id goes into a fresh copy.
    if (rest === null ? writer.write(first) : writer.writeBoth(first, rest)) this.first = Buffer.from(first);
  }

  private build(signature: readonly string[]): void {
    const head = [...this.lines, ...signature, 'x-infersweep-request: '].join('\r\n');
    const body = this.rest === null ? this.content : NOTHING;
    this.first = Buffer.concat([Buffer.from(head, 'latin1'), NO_ID, END_OF_HEAD, body]);
    this.idAt = head.length;
    this.last = 0;
  }
}
