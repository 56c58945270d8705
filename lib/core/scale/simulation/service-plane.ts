/** What serves requests in a simulation: either request by request, or as a flow by the measured capacity curve. */

export interface PlaneListener {
  /** Requests that arrived at a time, and the instances that served then. */
  counted(atS: number, requests: number, serving: number): void;
  /** An instance that was told to leave has answered its last request. */
  drained(id: number, atS: number): void;
}

export interface Tally {
  arrivals: number;
  served: number;
  /** Turned away: no instance, or a full queue. */
  rejected: number;
  queued: number;
  inFlight: number;
  /** Answered after the limit, still waiting beyond it, or rejected. */
  late: number;
}

export interface ServicePlane {
  listen(listener: PlaneListener): void;
  /** Lets time pass; what arrives exactly then is not yet there. Never called with an earlier time. */
  advance(toS: number): void;
  /** An instance of a kind begins to serve. */
  join(id: number, kind: number): void;
  /** No new requests for it; `drained` follows, perhaps at once. */
  leave(id: number, atS: number): void;
  tally(): Tally;
}
