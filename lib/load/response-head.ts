/** Status line and the few header fields that decide how an answer is framed. */

const CR = 13;
const LF = 10;
const COLON = 58;

const CONTENT_LENGTH = Buffer.from('content-length');
const TRANSFER_ENCODING = Buffer.from('transfer-encoding');
const CONNECTION = Buffer.from('connection');
/** KServe's binary tensor extension: length of the JSON part before the raw tensors. */
const INFERENCE_HEADER = Buffer.from('inference-header-content-length');
/** Names the error of an AWS API, which throttles with status 400: `ThrottlingException:http://…`. */
const AWS_ERROR = Buffer.from('x-amzn-errortype');
const KEEP_ALIVE = Buffer.from('keep-alive');

export class ResponseHead {
  status = 0;
  /** -1 when not given. */
  contentLength = -1;
  chunked = false;
  keepAlive = false;
  /** Bytes of JSON before the binary tensors; -1 when the body is not a binary KServe answer. */
  inferenceHeaderLength = -1;
  /** An AWS API says that it refuses for the rate of requests. */
  throttled = false;

  /** Parses one head, its empty line included. Returns what is wrong with it, or null. */
  parse(buffer: Buffer, start: number, end: number): string | null {
    this.contentLength = -1;
    this.inferenceHeaderLength = -1;
    this.chunked = false;
    this.throttled = false;
    const failure = this.parseStatusLine(buffer, start);
    if (failure !== null) return failure;
    let line = nextLine(buffer, start, end);
    while (line < end) {
      const next = nextLine(buffer, line, end);
      const stop = buffer[next - 2] === CR ? next - 2 : next - 1;
      if (stop > line) {
        const wrong = this.parseField(buffer, line, stop);
        if (wrong !== null) return wrong;
      }
      line = next;
    }
    return null;
  }

  private parseStatusLine(buffer: Buffer, at: number): string | null {
    // "HTTP/1.x SSS": the shortest head has 13 bytes before its end, and reads past the end give undefined.
    for (let i = 0; i < 7; i++) {
      if (buffer[at + i] !== 'HTTP/1.'.charCodeAt(i)) return 'the answer does not begin with HTTP/1.';
    }
    const minor = buffer[at + 7]! - 48;
    const status = digits(buffer, at + 9, at + 12);
    const after = buffer[at + 12];
    if (minor < 0 || minor > 9 || buffer[at + 8] !== 32) return 'the status line is malformed';
    if (status < 100 || (after !== 32 && after !== CR && after !== LF)) return 'the status is not three digits';
    this.status = status;
    this.keepAlive = minor >= 1;
    return null;
  }

  private parseField(buffer: Buffer, start: number, end: number): string | null {
    let colon = start;
    while (colon < end && buffer[colon] !== COLON) {
      const byte = buffer[colon]!;
      // Blanks before the colon and folded lines are request-smuggling tools, not headers (RFC 9112 §5.1, §5.2).
      if (byte <= 32 || byte >= 127) return 'a header name has an illegal character';
      colon++;
    }
    if (colon === end || colon === start) return 'a header has no name';
    const length = colon - start;
    if (length === CONTENT_LENGTH.length && same(buffer, start, CONTENT_LENGTH)) {
      const [from, to] = trim(buffer, colon + 1, end);
      const value = to - from > 15 ? -1 : digits(buffer, from, to);
      if (value < 0) return 'the content length is not a number';
      if (this.contentLength >= 0 && this.contentLength !== value) return 'there are two content lengths';
      this.contentLength = value;
    } else if (length === CONNECTION.length && same(buffer, start, CONNECTION)) {
      const [from, to] = trim(buffer, colon + 1, end);
      if (to - from === KEEP_ALIVE.length && same(buffer, from, KEEP_ALIVE)) this.keepAlive = true;
      else this.readConnection(buffer.toString('latin1', from, to));
    } else if (length === TRANSFER_ENCODING.length && same(buffer, start, TRANSFER_ENCODING)) {
      this.chunked = /(^|,)\s*chunked$/i.test(buffer.toString('latin1', ...trim(buffer, colon + 1, end)));
    } else if (length === INFERENCE_HEADER.length && same(buffer, start, INFERENCE_HEADER)) {
      this.inferenceHeaderLength = digits(buffer, ...trim(buffer, colon + 1, end));
    } else if (length === AWS_ERROR.length && same(buffer, start, AWS_ERROR)) {
      this.throttled = /^(Throttling|TooManyRequests)/.test(buffer.toString('latin1', ...trim(buffer, colon + 1, end)));
    }
    return null;
  }

  private readConnection(value: string): void {
    for (const option of value.toLowerCase().split(',')) {
      if (option.trim() === 'close') this.keepAlive = false;
      else if (option.trim() === 'keep-alive') this.keepAlive = true;
    }
  }
}

/** Index after the next line feed. */
function nextLine(buffer: Buffer, at: number, end: number): number {
  let i = at;
  while (i < end && buffer[i] !== LF) i++;
  return i + 1;
}

/** Bounds of `buffer[start, end)` without blanks around it. */
function trim(buffer: Buffer, start: number, end: number): [number, number] {
  let from = start;
  let to = end;
  while (from < to && (buffer[from] === 32 || buffer[from] === 9)) from++;
  while (to > from && (buffer[to - 1] === 32 || buffer[to - 1] === 9)) to--;
  return [from, to];
}

/** The decimal number in `buffer[from, to)`, or -1. */
function digits(buffer: Buffer, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = buffer[i]! - 48;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return from < to ? value : -1;
}

/** Compares with a lower-case name, letter case ignored. */
function same(buffer: Buffer, at: number, name: Buffer): boolean {
  for (let i = 0; i < name.length; i++) if ((buffer[at + i]! | 0x20) !== name[i]) return false;
  return true;
}
