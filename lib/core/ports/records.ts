import type { Measurement } from '../measure/measurement.ts';
import type { SkippedRow } from '../plan/plan.ts';

/** A trial that ended without having run. */
export type SkippedTrial = { trial: string; row: SkippedRow };

/** Terminal records: exactly one for each trial that ended, a measurement whatever its validity, or why it never ran. */
export interface Records {
  /** A second record of the same trial changes nothing. */
  append(measurement: Measurement): Promise<void>;
  skip(skipped: SkippedTrial): Promise<void>;
  list(): Promise<Measurement[]>;
  skipped(): Promise<SkippedTrial[]>;
}
