/** The requests of one endpoint through a whole job, signed where it asks for that and signed anew before a signature ends. */
import type { Endpoint } from '../core/load/job.ts';
import type { Signer } from '../core/load/signer.ts';
import { LoadJobError } from './job-error.ts';
import { originOf } from './origin.ts';
import { RequestTemplate } from './request-template.ts';
import { ServerClock } from './server-clock.ts';

const LOOK_MS = 500;

export class EndpointRequests {
  readonly templates: RequestTemplate[];
  private readonly endpoint: Endpoint;
  private readonly signer: Signer | undefined;
  private clock: ServerClock | null = null;
  /** On the server's clock: when all requests are to be signed anew. */
  private renewAtMs = Number.NEGATIVE_INFINITY;
  private renewing: Promise<void> | null = null;
  private timer: NodeJS.Timeout | null = null;

  constructor(endpoint: Endpoint, signer: Signer | undefined) {
    this.endpoint = endpoint;
    this.signer = signer;
    const origin = originOf(endpoint);
    this.templates = endpoint.bodies.map((body) => new RequestTemplate(endpoint, origin, body));
  }

  /**
   * Resolves when every request may be sent; from then on renews by itself, between requests and never on the way of one.
   * @throws LoadJobError when nothing can be signed, e.g. without credentials.
   */
  async ready(): Promise<void> {
    if (this.endpoint.signing === undefined) return;
    this.clock ??= await ServerClock.learn(originOf(this.endpoint));
    if (this.due) await this.renew();
    this.timer ??= setInterval(() => {
      // A failure leaves the old signature, which is good for as long again, to the next try.
      if (this.due) this.renew().catch(() => {});
    }, LOOK_MS);
  }

  close(): void {
    if (this.timer !== null) clearInterval(this.timer);
  }

  private get due(): boolean {
    return this.clock!.nowMs() >= this.renewAtMs;
  }

  private renew(): Promise<void> {
    this.renewing ??= this.signAll().finally(() => {
      this.renewing = null;
    });
    return this.renewing;
  }

  private async signAll(): Promise<void> {
    const signedAtMs = this.clock!.nowMs();
    let validUntilMs = Number.POSITIVE_INFINITY;
    for (const template of this.templates) {
      try {
        const signature = await this.signer!.sign(template.signable, this.endpoint.signing!, signedAtMs);
        template.sign(signature.headers);
        validUntilMs = Math.min(validUntilMs, signature.validUntilMs);
      } catch (error) {
        throw new LoadJobError(`cannot sign requests to ${this.endpoint.url}: ${(error as Error).message}`);
      }
      // Hundreds of bodies take a while to hash: answers are read in between.
      await new Promise((resolve) => setImmediate(resolve));
    }
    // At half of the time, so that a slow or failed renewal has the other half to be repeated in.
    this.renewAtMs = signedAtMs + (validUntilMs - signedAtMs) / 2;
  }
}
