/** A request as the load engine sends it: signed, on a plain socket. */
import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';

class Sha256 {
  private readonly hash;
  constructor(secret?: string | Uint8Array | ArrayBuffer | DataView) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Uint8Array);
  }
  update(data: string | Uint8Array): void {
    this.hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }
}

export async function signedPost(
  url: string,
  path: string,
  { service, region }: { service: string; region: string },
  body: string | Buffer,
): Promise<Response> {
  const signer = new SignatureV4({
    service,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    sha256: Sha256 as never,
  });
  const { hostname, port, protocol } = new URL(url);
  const headers = { host: `${hostname}:${port}`, 'content-type': 'application/json' };
  const signed = await signer.sign({
    method: 'POST',
    protocol,
    hostname,
    port: Number(port),
    path,
    query: {},
    headers,
    body,
  });
  const { host: _, ...sent } = signed.headers;
  return fetch(`${url}${path}`, { method: 'POST', headers: sent, body });
}
