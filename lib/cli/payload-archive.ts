/** Sample payloads as one tar.gz: the same files give the same bytes, whoever makes it and when. */
import { gzipSync } from 'node:zlib';

export interface ArchivedFile {
  /** At most 100 bytes of ASCII: what a header of ustar holds. */
  name: string;
  content: string;
}

const BLOCK = 512;
const NAME_BYTES = 100;

/** Sorted by name, without owner, and with one moment for all. @throws RangeError for a name that the format cannot hold. */
export function payloadArchive(files: readonly ArchivedFile[]): Buffer {
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
  const parts = sorted.flatMap(({ name, content }) => {
    const bytes = Buffer.from(content, 'utf8');
    return [header(name, bytes.length), bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)];
  });
  const zipped = gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]), { level: 9 });
  // Byte 9 names the operating system, which says nothing of the content: 255 is "unknown" (RFC 1952).
  zipped[9] = 255;
  return zipped;
}

/** POSIX.1-1988 ustar: name, mode, owner, group, size, time, checksum, type, magic. */
function header(name: string, size: number): Buffer {
  if (!/^[\x21-\x7e]+$/.test(name) || name.length > NAME_BYTES) {
    throw new RangeError(
      `"${name}" cannot be a file's name in a tar archive: ${NAME_BYTES} visible ASCII characters at most`,
    );
  }
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, digits: number) =>
    block.write(`${value.toString(8).padStart(digits, '0')}\0`, at, 'ascii');
  block.write(name, 0, 'ascii');
  octal(0o644, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(0, 136, 11);
  block.write('        ', 148, 'ascii');
  block.write('0', 156, 'ascii');
  block.write('ustar\u000000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
  return block;
}
