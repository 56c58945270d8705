/**
 * An HTTP/1.1 response parser that reads bytes, makes no strings on the usual path and may be fed in pieces of any size.
 * It frames answers (RFC 9112 §6) and nothing else: status, end of the body, whether the connection lives on.
 */
import type { KnownHead } from './known-head.ts';
import { ResponseHead } from './response-head.ts';

/** Longest head, and longest run of trailers, that is still taken for HTTP. */
const MAX_HEAD_BYTES = 65_536;

const CR = 13;
const LF = 10;

const HEAD = 0;
const LENGTH = 1;
const UNTIL_CLOSE = 2;
const CHUNK_SIZE = 3;
const CHUNK_EXTENSION = 4;
const CHUNK_DATA = 5;
const CHUNK_END = 6;
const TRAILERS = 7;
const DONE = 8;
const BROKEN = 9;

/** More bytes are needed. */
export const MORE = -1;
/** These bytes are no HTTP answer; `failure` says why. */
export const MALFORMED = -2;

export class ResponseParser {
  /** Of the current answer, once it is read. */
  head = new ResponseHead();
  /** Receives the body piece by piece; a piece is only valid during the call. */
  sink: ((piece: Buffer) => void) | null = null;
  failure: string | null = null;
  /** True once a byte of the current answer has arrived. */
  started = false;

  private state = HEAD;
  /** Bytes left of a body or chunk; while a size is read, the size so far. */
  private left = 0;
  private digits = 0;
  private newline = false;
  private carry: Buffer[] = [];
  private carried = 0;
  private readonly known: KnownHead;

  /** @param known shared by all parsers of one server */
  constructor(known: KnownHead) {
    this.known = known;
  }

  /** Makes ready for the next answer. */
  begin(): void {
    this.state = HEAD;
    this.failure = null;
    this.started = false;
    this.newline = false;
    this.sink = null;
    this.dropCarry();
  }

  /** Reads `buffer[start, end)`. Returns the index after the answer's last byte, MORE or MALFORMED. */
  feed(buffer: Buffer, start: number, end: number): number {
    if (start < end) this.started = true;
    let at = start;
    while (at < end && this.state < DONE) {
      if (this.state === HEAD) at = this.readHead(buffer, at, end);
      else if (this.state === LENGTH) at = this.readBody(buffer, at, end, DONE);
      else if (this.state === CHUNK_DATA) at = this.readBody(buffer, at, end, CHUNK_END);
      else if (this.state === UNTIL_CLOSE) {
        this.sink?.(buffer.subarray(at, end));
        at = end;
      } else at = this.readChunkFrame(buffer, at);
    }
    if (this.state === BROKEN) return MALFORMED;
    return this.state === DONE ? at : MORE;
  }

  /** The stream ended: true when that is how this answer was to end. */
  endOfStream(): boolean {
    if (this.state !== UNTIL_CLOSE) return false;
    this.state = DONE;
    return true;
  }

  /** Looks for the empty line; a head that arrives in one piece is parsed where it lies. */
  private readHead(buffer: Buffer, start: number, end: number): number {
    const { known } = this;
    if (this.carried === 0 && known.begins(buffer, start, end)) {
      this.head = known.head;
      this.bodyBegins();
      return start + known.size;
    }
    let newline = this.newline;
    for (let at = start; at < end; at++) {
      const byte = buffer[at]!;
      if (byte === LF) {
        if (newline) return this.headEnds(buffer, start, at + 1);
        newline = true;
      } else if (byte !== CR) newline = false;
    }
    this.newline = newline;
    this.carry.push(Buffer.from(buffer.subarray(start, end)));
    this.carried += end - start;
    if (this.carried > MAX_HEAD_BYTES) this.fail(`the head is longer than ${MAX_HEAD_BYTES} bytes`);
    else if (!looksLikeHttp(this.carry)) this.fail('the answer does not begin with HTTP/1.');
    return end;
  }

  private headEnds(buffer: Buffer, start: number, end: number): number {
    this.newline = false;
    // A new one: answers of other connections may refer to what is remembered.
    this.head = new ResponseHead();
    let failure: string | null;
    if (this.carried === 0) {
      failure = this.head.parse(buffer, start, end);
      if (failure === null) this.known.remember(buffer, start, end, this.head);
    } else {
      const whole = Buffer.concat([...this.carry, buffer.subarray(start, end)]);
      this.dropCarry();
      failure = this.head.parse(whole, 0, whole.length);
    }
    if (failure === null) this.bodyBegins();
    else this.fail(failure);
    return end;
  }

  private bodyBegins(): void {
    const { head } = this;
    if (head.status === 101) this.fail('the server switches protocols');
    else if (head.status < 200) this.state = HEAD;
    else if (head.status === 204 || head.status === 304) this.state = DONE;
    else if (head.chunked) this.expectChunk();
    else if (head.contentLength >= 0) {
      this.left = head.contentLength;
      this.state = this.left === 0 ? DONE : LENGTH;
    } else {
      head.keepAlive = false;
      this.state = UNTIL_CLOSE;
    }
  }

  private readBody(buffer: Buffer, at: number, end: number, next: number): number {
    const take = Math.min(this.left, end - at);
    this.sink?.(buffer.subarray(at, at + take));
    this.left -= take;
    if (this.left === 0) this.state = next;
    return at + take;
  }

  private expectChunk(): void {
    this.state = CHUNK_SIZE;
    this.left = 0;
    this.digits = 0;
  }

  /** One byte of what lies between chunks. */
  private readChunkFrame(buffer: Buffer, at: number): number {
    const byte = buffer[at]!;
    if (this.state === CHUNK_SIZE) {
      const digit = hexDigit(byte);
      if (digit >= 0) {
        this.left = this.left * 16 + digit;
        if (++this.digits > 12) this.fail('a chunk size has more than 12 digits');
      } else if (this.digits === 0) this.fail('a chunk has no size');
      else if (byte === LF) this.chunkBegins();
      else if (byte === CR || byte === 0x3b || byte === 0x20 || byte === 0x09) this.state = CHUNK_EXTENSION;
      else this.fail('a chunk size is not hexadecimal');
    } else if (this.state === CHUNK_EXTENSION) {
      if (byte === LF) this.chunkBegins();
    } else if (this.state === CHUNK_END) {
      if (byte === LF) this.expectChunk();
      else if (byte !== CR) this.fail('a chunk is longer than its size');
    } else if (byte === LF) {
      // `digits` counts the bytes of this trailer line, `left` those of all trailers.
      if (this.digits === 0) this.state = DONE;
      this.digits = 0;
    } else if (byte !== CR) {
      this.digits++;
      if (++this.left > MAX_HEAD_BYTES) this.fail(`the trailers are longer than ${MAX_HEAD_BYTES} bytes`);
    }
    return at + 1;
  }

  private chunkBegins(): void {
    this.state = this.left === 0 ? TRAILERS : CHUNK_DATA;
    this.digits = 0;
  }

  private fail(failure: string): void {
    this.failure = failure;
    this.state = BROKEN;
  }

  private dropCarry(): void {
    if (this.carried === 0) return;
    this.carry = [];
    this.carried = 0;
  }
}

/** Only the first bytes decide, so that garbage without a newline is not awaited for ever. */
function looksLikeHttp(pieces: readonly Buffer[]): boolean {
  let at = 0;
  for (const piece of pieces) {
    for (let i = 0; i < piece.length && at < 7; i++, at++) {
      if (piece[i] !== 'HTTP/1.'.charCodeAt(at)) return false;
    }
    if (at === 7) break;
  }
  return true;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
