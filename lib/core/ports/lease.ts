/** Thrown in a controller that another has taken over from: it must stop, record nothing and end nothing. */
export class LeaseLost extends Error {
  constructor(message = 'another controller drives this run now, so this one stopped and left everything to it') {
    super(message);
    this.name = 'LeaseLost';
  }
}

/** One controller at a time. */
export interface Lease {
  /** null while another holds it and has renewed it lately. The token grows with every holder: writers carry it. */
  acquire(): Promise<{ token: number } | null>;
  /** False when it was lost: the caller must stop. */
  renew(): Promise<boolean>;
  release(): Promise<void>;
}
