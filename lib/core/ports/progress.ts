import type { ValidityStatus } from '../measure/validity.ts';
import type { LoadProgress } from './load-generator.ts';

/** The engine's steps, in order. The same word names the step, the journal event and the phase shown. */
export const phases = [
  'reserve',
  'prepare',
  'deploy',
  'ready',
  'check',
  'load',
  'measure',
  'teardown',
  'record',
] as const;
export type Phase = (typeof phases)[number];

export type RunEvent =
  | { type: 'run'; state: 'started' | 'resumed' | 'stopping' | 'ended'; reason: string | null }
  | { type: 'phase'; deployment: string | null; phase: Phase; message: string | null }
  | { type: 'load'; round: string; progress: LoadProgress }
  | { type: 'record'; trial: string; deployment: string; validity: ValidityStatus; reasons: string[]; summary: string }
  | { type: 'left'; deployment: string; reason: string };

/** Told about progress as it happens; losing an event loses nothing but the view. */
export interface Progress {
  emit(event: RunEvent): void;
}
