/**
 * Checks AWS Signature Version 4 from its description alone, with plain node:crypto and none of the code that signs
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 */
import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const LIMIT_MS = 5 * 60_000;
const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest('hex');
const hmac = (key: Buffer | string, data: string) => createHmac('sha256', key).update(data).digest();
const escaped = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

export interface SentRequest {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface Expected {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  service: string;
  region: string;
  /** The server's clock. */
  nowMs: number;
}

/** What AWS would answer 403 for; null when it would take the request. */
export function refusalOf(request: SentRequest, expected: Expected): string | null {
  const { headers, body } = request;
  const form = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;
  const parts = form.exec(headers.authorization ?? '');
  if (parts === null) return `no signature: ${headers.authorization}`;
  const [, credential, names, signature] = parts as unknown as [string, string, string, string];
  const date = String(headers['x-amz-date']);
  const iso = date.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const off = Math.abs(Date.parse(iso) - expected.nowMs);
  if (!(off <= LIMIT_MS)) return `signature expired or not yet current: ${date}, off by ${off} ms`;
  const scope = `${date.slice(0, 8)}/${expected.region}/${expected.service}/aws4_request`;
  if (credential !== `${expected.accessKeyId}/${scope}`) return `credential ${credential}`;
  if (headers['x-amz-security-token'] !== expected.sessionToken) return 'security token';
  const signed = names.split(';');
  const must = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-') || name === 'content-type')];
  const missing = must.filter((name) => !signed.includes(name));
  if (missing.length > 0) return `not signed: ${missing}`;
  const [path = '/', search = ''] = request.url.split('?', 2);
  const query = [...new URLSearchParams(search)]
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
    .sort()
    .join('&');
  const canonical = [
    request.method,
    path.split('/').map(escaped).join('/'),
    query,
    ...signed.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}`),
    '',
    names,
    sha256(body),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const key = scope.split('/').reduce<Buffer | string>((k, part) => hmac(k, part), `AWS4${expected.secretAccessKey}`);
  return hmac(key, toSign).toString('hex') === signature ? null : 'signature does not match';
}
