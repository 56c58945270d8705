import type { IamRequest } from '../iam.ts';
import { type RequirementsOf, unknown } from './iam-requirement.ts';
import { placeOf } from './services/s3.ts';

export const s3Requirements: RequirementsOf = (operation, request, world) => {
  const { bucket, key } = placeOf(request);
  const object = `arn:aws:s3:::${bucket}/${key}`;
  const listing = (prefix: string | null): IamRequest => ({
    action: 's3:ListBucket',
    resource: `arn:aws:s3:::${bucket}`,
    context: prefix === null ? {} : { 's3:prefix': prefix },
  });
  switch (operation) {
    case 'ListObjectsV2':
      return [listing(request.url.searchParams.get('prefix'))];
    case 'PutObject':
    case 'DeleteObject':
      return [{ action: `s3:${operation}`, resource: object }];
    case 'GetObject':
    case 'HeadObject': {
      const got = { action: 's3:GetObject', resource: object };
      // Who may not list is not told that a key does not exist, but that it is forbidden (GetObject, API reference).
      return world.buckets.get(bucket)?.has(key) ? [got] : [got, listing(null)];
    }
    default:
      return unknown('s3', operation);
  }
};
