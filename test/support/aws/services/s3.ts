/** S3 in path style: whole objects, conditional writes, listings by page. */
import { createHash } from 'node:crypto';
import type { AwsReply, AwsRequest, Service } from '../service.ts';
import { type AwsWorld, ServiceError } from '../world.ts';

export const dataBucket = 'lab-data';

/** AWS lists a thousand keys a page; of two, no listing is read in one go. */
export const s3With = (pageKeys: number): Service => ({
  iam: 's3',
  operationOf,
  answer: (world, operation, request) => answer(world, operation, request, pageKeys),
  error: ({ code, message, status }) => ({
    status,
    type: 'application/xml',
    body: `<?xml version="1.0" encoding="UTF-8"?><Error>${tag('Code', code)}${tag('Message', message)}</Error>`,
  }),
});

export const s3: Service = s3With(2);

/** `/BUCKET/KEY`. */
export function placeOf({ url }: AwsRequest): { bucket: string; key: string } {
  const [, bucket = '', ...key] = url.pathname.split('/');
  return { bucket: decodeURIComponent(bucket), key: decodeURIComponent(key.join('/')) };
}

function operationOf(request: AwsRequest): string {
  const { key } = placeOf(request);
  if (key === '') return request.method === 'GET' ? 'ListObjectsV2' : 'Unknown';
  return `${{ GET: 'Get', HEAD: 'Head', PUT: 'Put', DELETE: 'Delete' }[request.method] ?? 'Unknown'}Object`;
}

function answer(world: AwsWorld, operation: string, request: AwsRequest, pageKeys: number): AwsReply {
  const { bucket, key } = placeOf(request);
  const objects = world.buckets.get(bucket);
  if (!objects) throw new ServiceError('NoSuchBucket', 'The specified bucket does not exist', 404);
  const empty: AwsReply = { status: 200, type: 'application/xml', body: '' };
  switch (operation) {
    case 'PutObject': {
      // "Conditional writes" (User Guide): the answer to If-None-Match for a key that exists.
      if (request.headers['if-none-match'] === '*' && objects.has(key)) {
        throw new ServiceError(
          'PreconditionFailed',
          'At least one of the pre-conditions you specified did not hold',
          412,
        );
      }
      const object = contentOf(request);
      objects.set(key, object);
      return { ...empty, headers: { etag: etag(object) } };
    }
    case 'GetObject':
    case 'HeadObject': {
      const found = objects.get(key);
      if (!found) throw new ServiceError('NoSuchKey', 'The specified key does not exist.', 404);
      const body = operation === 'HeadObject' ? '' : found;
      return { status: 200, type: 'application/octet-stream', body, headers: { etag: etag(found) } };
    }
    case 'DeleteObject':
      objects.delete(key);
      return { ...empty, status: 204 };
    case 'ListObjectsV2':
      return { ...empty, body: listing(bucket, objects, request.url.searchParams, pageKeys) };
    default:
      throw new ServiceError('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405);
  }
}

/**
 * A stream comes in chunks, `SIZE[;chunk-signature=…]\r\n…\r\n`, and a trailer with its checksum ("Transferring payload
 * to Amazon S3 in multiple chunks", API reference).
 */
function contentOf({ headers, body }: AwsRequest): Buffer {
  if (!/aws-chunked/.test(headers['content-encoding'] ?? '')) return body;
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.toString('latin1', at, line), 16);
    if (line < 0 || Number.isNaN(size)) throw new ServiceError('IncompleteBody', 'The chunks have no end.');
    if (size === 0) break;
    chunks.push(body.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
  const content = Buffer.concat(chunks);
  if (content.length !== Number(headers['x-amz-decoded-content-length'] ?? content.length)) {
    throw new ServiceError('IncompleteBody', 'You did not provide the number of bytes specified by Content-Length.');
  }
  return content;
}

/** Keys in the order of their UTF-8 bytes; a token is where to go on. */
function listing(bucket: string, objects: Map<string, Buffer>, query: URLSearchParams, pageKeys: number): string {
  const prefix = query.get('prefix') ?? '';
  const after = query.get('continuation-token') ?? '';
  const keys = [...objects.keys()]
    .filter((key) => key.startsWith(prefix))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .filter((key) => after === '' || Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0);
  const items = keys.slice(0, Math.min(pageKeys, Number(query.get('max-keys') ?? pageKeys)));
  const more = items.length < keys.length;
  const contents = items.map((key) => {
    const body = objects.get(key)!;
    return `<Contents>${tag('Key', key)}${tag('Size', String(body.length))}${tag('ETag', etag(body))}</Contents>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${tag('Name', bucket)}${tag('Prefix', prefix)}${tag('KeyCount', String(items.length))}${tag('IsTruncated', String(more))}${
    more ? tag('NextContinuationToken', items.at(-1)!) : ''
  }${contents.join('')}</ListBucketResult>`;
}

function etag(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}

function tag(name: string, text: string): string {
  return `<${name}>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')}</${name}>`;
}
