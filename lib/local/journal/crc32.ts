import { crc32 as native } from 'node:zlib';

/** CRC-32 (ISO 3309) of UTF-8 text as eight hex digits. */
export function crc32(text: string): string {
  return (native(text) >>> 0).toString(16).padStart(8, '0');
}
