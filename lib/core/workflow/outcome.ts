/** What every carrier does alike to the end of an operation: bound its result, clip its error, space its tries. */
import { type Json, MAX_ERROR_CHARACTERS, MAX_RESULT_BYTES, type Retry } from '../ports/workflow.ts';

/**
 * The value as a replay will read it: what is not JSON must not look different before a crash.
 * @throws when its JSON has more bytes than `MAX_RESULT_BYTES`
 */
export function settledResult<T extends Json>(value: T, path: string): T {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new Error(`the result of ${path} is no JSON value`);
  const bytes = utf8Bytes(text);
  if (bytes > MAX_RESULT_BYTES) {
    throw new Error(`the result of ${path} has ${bytes} bytes of JSON, more than ${MAX_RESULT_BYTES}`);
  }
  return JSON.parse(text) as T;
}

/** Message of the innermost cause, clipped: carriers wrap an error once for each scope that it leaves. */
export function errorText(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  return (inner instanceof Error ? inner.message : String(inner)).slice(0, MAX_ERROR_CHARACTERS);
}

/** Seconds between this try and the next. */
export function pauseSeconds(retry: Retry, attempt: number): number {
  const seconds = retry.firstSeconds * (retry.factor ?? 2) ** (attempt - 1);
  return Math.min(seconds, retry.maxSeconds ?? seconds);
}

/** Carriers wait whole seconds, at least one. */
export function wholeSeconds(seconds: number): number {
  return Math.max(1, Math.ceil(seconds));
}

function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // A surrogate pair is four bytes, and counts two units.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}
