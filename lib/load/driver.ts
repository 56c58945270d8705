/** A load shape at work: decides when requests start. */
export interface Driver {
  start(): void;
  /** Called every few milliseconds. */
  tick(): void;
  /** Starts nothing new from now on. Requests already due are still sent, unless `abandon` follows. */
  halt(): void;
  /** Nothing waits and nothing is in flight, and nothing will start any more. */
  readonly done: boolean;
  /** Books everything unfinished as lost. */
  abandon(): void;
}
