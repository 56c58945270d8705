/** What the exit status says; when several hold, the one named first here wins. */
export const exitCodes = {
  /** Something is still alive. */
  leak: 6,
  bug: 1,
  interrupted: 130,
  /** Refused before anything was created. */
  preflight: 3,
  /** A configuration ended without a valid measurement. */
  invalidTrial: 4,
  /** No configuration meets the objective, or a gate failed. */
  sloNotMet: 5,
  /** The command line or a document is wrong; nothing ran. */
  usage: 2,
  ok: 0,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const precedence = Object.values(exitCodes);

/** The code to leave with when all of these hold. */
export function worstOf(codes: readonly ExitCode[]): ExitCode {
  return precedence.find((code) => codes.includes(code)) ?? exitCodes.ok;
}
