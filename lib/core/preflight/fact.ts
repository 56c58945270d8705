/** One finding of a preflight, as `doctor` prints it. */
export interface Fact {
  name: string;
  /** `missing` refuses a run; `warning` does not. */
  state: 'ok' | 'warning' | 'missing';
  value: string;
  /** The command or the step that mends it; null when nothing needs mending. */
  fix: string | null;
}

export const ok = (name: string, value: string): Fact => ({ name, state: 'ok', value, fix: null });
export const warning = (name: string, value: string, fix: string): Fact => ({ name, state: 'warning', value, fix });
export const missing = (name: string, value: string, fix: string): Fact => ({ name, state: 'missing', value, fix });

/** What an AWS call answered, or why it did not. */
export type Asked<T> = { ok: true; value: T } | { ok: false; why: string };
