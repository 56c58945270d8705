import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EXCERPT_CHARS, refusalOf, refusalSchema, refusalText } from '../../../lib/core/load/refusal.ts';

it('keeps status and words of a short answer', () => {
  expect(refusalOf(400, '{"error":"x is [1,4], expected [1,8]"}')).toEqual({
    status: 400,
    text: '{"error":"x is [1,4], expected [1,8]"}',
  });
});

it.each([
  ['colours and line ends', '\u001b[31mno\r\n\tmodel\u001b[0m\u0007\u0000', '[31mno model [0m'],
  ['what turns the direction of writing', 'no\u202eledom\u2066', 'no ledom'],
  ['bytes that were no text', '\ufffd\ufffd\u0001PK', 'PK'],
  ['nothing but blanks', ' \n\n ', ''],
])('is one printable line: %s', (_, body, text) => {
  expect(refusalOf(500, body).text).toBe(text);
});

it('ends a long answer with three dots, and never in the middle of a character', () => {
  const { text } = refusalOf(500, `x${'😀'.repeat(EXCERPT_CHARS)}`);
  expect(text.length).toBeLessThanOrEqual(EXCERPT_CHARS);
  expect(text).toMatch(/^x😀+…$/u);
});

it('is a document that is read back, whatever the body', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (body) => {
      const refusal = refusalOf(418, body);
      expect(refusalSchema.parse(JSON.parse(JSON.stringify(refusal)))).toEqual(refusal);
      expect(refusal.text).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
  );
});

it('is told by its status alone where nothing was said', () => {
  expect(refusalText({ status: 404, text: '' })).toBe('status 404');
  expect(refusalText({ status: 400, text: 'no such model' })).toBe('status 400: no such model');
});
