/** Names that durable operations and resources derive from paths. Pure, so a replay finds the same ones. */
import { namePrefix } from '../../core/plan/tags.ts';

/** 53-bit string hash (cyrb53, public domain), enough to tell the few names of one run apart. */
function hash53(text: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    a = Math.imul(a ^ c, 2654435761);
    b = Math.imul(b ^ c, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36);
}

/** Map key of a deployment or preparation id: legal in a workflow path, stable, distinct. */
export function scopeKey(id: string): string {
  const plain = id
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '.')
    .replace(/^[^a-z0-9]+/, '');
  return plain.length > 0 && plain.length <= 64 ? plain : `${plain.slice(0, 50) || 'x'}-${hash53(id)}`;
}

/** Name of the resource made under a workflow path: at most 63 characters of [a-z0-9-], known as the kit's by its start. */
export function resourceName(path: string): string {
  const last = path
    .split('/')
    .at(-1)!
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  return `${namePrefix}${last.slice(0, 36).replace(/^-+|-+$/g, '') || 'x'}-${hash53(path)}`;
}
