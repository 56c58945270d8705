/** The archive is read by a tar that is not ours, and is the same whoever makes it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { payloadArchive } from '../../lib/cli/payload-archive.ts';

const folder = mkdtempSync(join(tmpdir(), 'infersweep-archive-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const files = [
  { name: '000002.json', content: '{"inputs":"Ärger"}' },
  { name: '000001.json', content: 'x'.repeat(1300) },
  { name: '000003.json', content: '' },
  { name: '000004.json', content: 'y'.repeat(512) },
];

describe('payloadArchive', () => {
  it('holds every file, byte for byte, as the system’s tar reads it', () => {
    const archive = join(folder, 'payload.tar.gz');
    writeFileSync(archive, payloadArchive(files));
    execFileSync('tar', ['-xzf', archive, '-C', folder], { timeout: 10_000 });
    expect(readdirSync(folder).filter((name) => name.endsWith('.json'))).toHaveLength(4);
    for (const { name, content } of files) expect(readFileSync(join(folder, name), 'utf8')).toBe(content);
    const listed = execFileSync('tar', ['-tvzf', archive, '--numeric-owner', '--utc'], {
      encoding: 'utf8',
      timeout: 10_000,
    });
    expect(listed.split('\n')[0]).toMatch(/^-rw-r--r-- 0\/0 +1300 1970-01-01 00:00 000001\.json$/);
  });

  it('does not depend on order, clock or system', () => {
    const archive = payloadArchive(files);
    expect(payloadArchive([...files].reverse()).equals(archive)).toBe(true);
    // Modification time and system in the header of gzip (RFC 1952).
    expect(archive.readUInt32LE(4)).toBe(0);
    expect(archive[9]).toBe(255);
    expect(payloadArchive([...files, { name: '5', content: '' }]).equals(archive)).toBe(false);
  });

  it.each(['a'.repeat(101), 'Ärger', 'a b', ''])('refuses the name %j', (name) => {
    expect(() => payloadArchive([{ name, content: '' }])).toThrow('100 visible ASCII characters at most');
  });
});
