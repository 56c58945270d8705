import type { ExitCode } from './exit-codes.ts';

/** An ending the user can act on: what is wrong, why, and the command to try next. Printed without a stack. */
export class CliError extends Error {
  readonly code: ExitCode;
  readonly next: string | null;

  constructor(code: ExitCode, message: string, next: string | null = null) {
    super(message);
    this.name = 'CliError';
    this.code = code;
    this.next = next;
  }
}
