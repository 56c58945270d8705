/** Wall clock, read inside steps only. */
export interface Clock {
  nowMs(): number;
  /** The same moment in ISO 8601. */
  nowIso(): string;
}
