/** Signs the load engine's requests with AWS Signature Version 4. */
import { createHash, createHmac } from 'node:crypto';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Signer } from '../core/load/signer.ts';

/**
 * AWS takes a signature for five minutes from its date, by the server's clock; a minute is left for requests that wait and for
 * a clock that was learned to the second.
 */
const VALID_MS = 4 * 60_000;

/** As every client of the SDK is given them; `expiration` is absent for those that do not expire. */
type CredentialProvider = () => Promise<{
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}>;

/** Credentials of the environment: variables, the profile, the task's or the instance's role. Renewed before they expire. */
export function taskCredentials(): CredentialProvider {
  return fromNodeProviderChain();
}

export function requestSigner(credentials: CredentialProvider): Signer {
  return {
    async sign({ method, path, headers, body }, { service, region }, timeMs) {
      const identity = await credentials();
      const [plainPath = '/', search = ''] = path.split('?', 2);
      const query: Record<string, string[]> = {};
      for (const [name, value] of new URLSearchParams(search)) query[name] = [...(query[name] ?? []), value];
      // S3 alone takes the path as it stands; all others escape it once more.
      const v4 = new SignatureV4({
        service,
        region,
        credentials: identity,
        sha256: Sha256,
        uriEscapePath: service !== 's3',
      });
      const request = {
        method,
        hostname: headers['host'] ?? '',
        protocol: '',
        path: plainPath,
        query,
        headers: { ...headers },
        body,
      };
      const signed = await v4.sign(request as Parameters<typeof v4.sign>[0] & typeof request, {
        signingDate: new Date(timeMs),
      });
      const added = Object.entries(signed.headers).filter(([name]) => !(name in headers));
      return {
        headers: Object.fromEntries(added),
        validUntilMs: Math.min(timeMs + VALID_MS, identity.expiration?.getTime() ?? Number.POSITIVE_INFINITY),
      };
    },
  };
}

interface Digest {
  update(data: Uint8Array): unknown;
  digest(): Buffer;
}

/** The shape that the signer wants of a hash; HMAC when made with a key. */
class Sha256 {
  private hash: Digest;
  private readonly key: Uint8Array | undefined;

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.key = key === undefined ? undefined : bytesOf(key);
    this.hash = this.fresh();
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.hash.digest());
  }

  reset(): void {
    this.hash = this.fresh();
  }

  private fresh(): Digest {
    return this.key === undefined ? createHash('sha256') : createHmac('sha256', this.key);
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
