/** What a server said when it refused a request, cut short and made safe to print anywhere. */
import * as z from 'zod';

export const EXCERPT_CHARS = 200;

export const refusalSchema = z.strictObject({
  status: z.int().min(100).max(999),
  /** The beginning of its body on one line, printable characters only. */
  text: z.string().max(EXCERPT_CHARS),
});
export type Refusal = z.infer<typeof refusalSchema>;

/** Control and format characters may move a cursor or turn the direction of writing, and U+FFFD stands for what was no text. */
const UNPRINTABLE = /[\p{C}\p{Z}\ufffd]+/gu;

export function refusalOf(status: number, body: string): Refusal {
  const text = body.replace(UNPRINTABLE, ' ').trim();
  if (text.length <= EXCERPT_CHARS) return { status, text };
  // Half of a pair, where the cut fell into one, is no character.
  return { status, text: `${text.slice(0, EXCERPT_CHARS - 1).replace(/\p{Cs}$/u, '')}…` };
}

export function refusalText({ status, text }: Refusal): string {
  return text === '' ? `status ${status}` : `status ${status}: ${text}`;
}
