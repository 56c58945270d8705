import type { Measurement } from '../measure/measurement.ts';

/** Terminal records: exactly one measurement for each trial that ended, whatever its validity. */
export interface Records {
  /** A second record of the same trial changes nothing. */
  append(measurement: Measurement): Promise<void>;
  list(): Promise<Measurement[]>;
}
