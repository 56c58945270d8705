/** What a validity rule may look at: one trial, stair by stair, with its windows unmerged so that medians can be taken. */
import type { SegmentResult } from '../../load/job.ts';
import type { Configuration } from '../../plan/plan.ts';
import type { StairMeasurement } from '../measurement.ts';
import type { RepeatProbe } from '../repeat-probe.ts';
import type { ValidityFinding } from '../validity.ts';
import type { Ending } from './oom.ts';

export interface StairEvidence {
  stair: StairMeasurement;
  windows: readonly SegmentResult[];
}

export interface Evidence {
  configuration: Configuration;
  slo: { percentile: number; latencyMs: number; maxErrorRate: number };
  /** Ascending by offered load. */
  stairs: readonly StairEvidence[];
  /** The same with the parts of each load whose rate changes in its place; absent where none does. */
  parts?: readonly StairEvidence[];
  /** Cores that the server may use; null when unknown. */
  serverCores: number | null;
  golden: { checked: number; wrong: number; firstMismatch: string | null };
  /** What sending the same input twice showed; null when that was not tried. */
  repeats: RepeatProbe | null;
  /** Null when the load met no trouble, or the target does not answer. */
  ending: Ending | null;
}

/** A named pure function: at most one finding for a trial. */
export type Rule = (evidence: Evidence) => ValidityFinding | null;
