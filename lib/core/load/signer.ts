/**
 * How a load engine that knows HTTP only gets its requests accepted where they must be signed. One signature serves every
 * sending of one request while it is valid: the id of a request stands in a header of its own, which is not signed, and the
 * body is signed whole. A body with changing bytes would need a signature for each sending and is not offered.
 */

/** A request as it is sent, without what changes from one sending to the next. */
export interface SignableRequest {
  method: string;
  /** With its query. */
  path: string;
  /** `host` included; names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
}

/** AWS Signature Version 4 scope. */
export interface SigningScope {
  /** Signing name of the service, e.g. `sagemaker`. */
  service: string;
  region: string;
}

export interface Signature {
  /** Header lines to add. */
  headers: Readonly<Record<string, string>>;
  /** Epoch milliseconds, on the clock that `timeMs` was read from. */
  validUntilMs: number;
}

export interface Signer {
  /** @param timeMs the server's time, epoch milliseconds */
  sign(request: SignableRequest, scope: SigningScope, timeMs: number): Promise<Signature>;
}
