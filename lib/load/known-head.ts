/**
 * The head that a server's last answers had, to be compared with instead of read: most have the same for a second or longer.
 * One for all connections to a server, so that it stays in the cache of the core.
 */
import { ResponseHead } from './response-head.ts';

/** Longest head that is remembered. */
const MAX_BYTES = 512;
/** Heads in a row that were not the one before: such a server's are not worth remembering. */
const MAX_MISSES = 8;

const NO_WORDS = new Float64Array(0);

export class KnownHead {
  /** What the remembered head says. An answer may still refer to it when another head is remembered. */
  head = new ResponseHead();
  /** Of the remembered head; 0 when there is none. */
  size = 0;
  private readonly bytes = Buffer.allocUnsafeSlow(MAX_BYTES);
  private readonly words = new Float64Array(this.bytes.buffer);
  private misses = 0;
  /** The last buffer that was compared, and its words: sockets share one, which is read again and again. */
  private lastBuffer: Buffer | null = null;
  private lastWords: Float64Array = NO_WORDS;

  /**
   * Whether `buffer[start, end)` begins with it. Eight bytes at a time, as one number: it is the costliest thing that is done with
   * an answer.
   */
  begins(buffer: Buffer, start: number, end: number): boolean {
    const { bytes, words, size } = this;
    if (size === 0 || end - start < size) return false;
    let at = 0;
    if (start === 0) {
      const read = this.wordsOf(buffer);
      for (const whole = Math.min(read.length, size >> 3); at < whole; at++) if (read[at] !== words[at]) return false;
      at <<= 3;
    }
    for (; at < size; at++) if (buffer[start + at] !== bytes[at]) return false;
    this.misses = 0;
    return true;
  }

  /** Remembers the head `buffer[start, end)`. @param head what was read from it */
  remember(buffer: Buffer, start: number, end: number, head: ResponseHead): void {
    this.size = 0;
    if (end - start > MAX_BYTES || this.misses === MAX_MISSES) return;
    // 0 and -0 are equal and differ in a bit; a head has no such byte (RFC 9110 §5.5).
    if (buffer.subarray(start, end).includes(0)) return;
    this.misses++;
    this.head = head;
    this.size = buffer.copy(this.bytes, 0, start, end);
  }

  /** `buffer` in words of eight bytes; none of one that is seen for the first time or lies across them. */
  private wordsOf(buffer: Buffer): Float64Array {
    if (buffer !== this.lastBuffer) {
      this.lastBuffer = buffer;
      this.lastWords = NO_WORDS;
    } else if (this.lastWords === NO_WORDS && buffer.byteOffset % 8 === 0) {
      this.lastWords = new Float64Array(buffer.buffer, buffer.byteOffset, buffer.length >> 3);
    }
    return this.lastWords;
  }
}
