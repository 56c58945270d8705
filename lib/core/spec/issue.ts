/** What is wrong with an experiment, where, and what would be right. */
export interface Issue {
  /** From the document's root; the last part may name something that is missing. */
  path: (string | number)[];
  message: string;
  /** Legal values or keys; null where they cannot be listed. */
  allowed: string[] | null;
  /** The legal word nearest to what was written; null when none is near. */
  suggestion: string | null;
  /** Whether the key or its value is to blame: where an editor should point. */
  at: 'key' | 'value';
}

export function issue(
  path: readonly (string | number)[],
  message: string,
  o: { allowed?: readonly string[] | null; suggestion?: string | null; at?: 'key' | 'value' } = {},
): Issue {
  return {
    path: [...path],
    message,
    allowed: o.allowed ? [...o.allowed] : null,
    suggestion: o.suggestion ?? null,
    at: o.at ?? 'value',
  };
}

/** `runtimes[0].onnxruntime.threads`; the root is an empty text. */
export function pathText(path: readonly (string | number)[]): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${part}`)).join('');
}
