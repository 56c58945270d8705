export type StopReason = 'interrupt' | 'deadline' | 'budget';

/** A fact read inside steps: somebody or something asked the run to end. */
export interface StopFlag {
  read(): Promise<StopReason | null>;
}
