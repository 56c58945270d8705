import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRfc3339 } from '../../../lib/core/plan/rfc3339.ts';
import { runTags } from '../../../lib/core/plan/tags.ts';

describe('parseRfc3339', () => {
  it('reads every moment that JavaScript writes, in any offset', () => {
    const moments = fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true });
    const offsets = fc.integer({ min: -23 * 60, max: 23 * 60 });
    fc.assert(
      fc.property(moments, offsets, (moment, offset) => {
        expect(parseRfc3339(moment.toISOString())).toBe(moment.getTime());
        const local = new Date(moment.getTime() + offset * 60_000).toISOString().slice(0, -1);
        const two = (n: number) => String(n).padStart(2, '0');
        const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
        expect(parseRfc3339(local + zone)).toBe(moment.getTime());
      }),
    );
  });

  it.each([
    '',
    'tomorrow',
    '2026-01-31',
    '2026-01-31T12:00:00',
    '2026-02-29T12:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-31T24:00:00Z',
    '2026-01-31T12:00:00+24:00',
    '1769860800',
    ' 2026-01-31T12:00:00Z',
  ])('refuses "%s"', (text) => {
    expect(parseRfc3339(text)).toBeNull();
  });

  it('takes fractions, lower case and a leap day', () => {
    expect(parseRfc3339('2024-02-29t00:00:00.123456z')).toBe(Date.UTC(2024, 1, 29, 0, 0, 0, 123));
  });
});

describe('runTags', () => {
  const tags = { runId: 'r', expiresAt: '2026-01-31T12:00:00Z', experiment: 'e' };

  it('writes the keys that IAM and the reaper look for', () => {
    expect(runTags({ ...tags, deployment: 'd' })).toEqual({
      'infersweep:run': 'r',
      'infersweep:expires-at': '2026-01-31T12:00:00Z',
      'infersweep:experiment': 'e',
      'infersweep:deployment': 'd',
    });
    expect(runTags(tags)).not.toHaveProperty('infersweep:deployment');
  });

  it('keeps the tags of the experiment, but not over its own', () => {
    expect(runTags(tags, { team: 'a', 'infersweep:run': 'x' })).toMatchObject({ team: 'a', 'infersweep:run': 'r' });
  });

  it('refuses an expiry that nobody could read', () => {
    expect(() => runTags({ ...tags, expiresAt: 'in an hour' })).toThrow(/"in an hour" is no moment in RFC 3339/);
  });
});
