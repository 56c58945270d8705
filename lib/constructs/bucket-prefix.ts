import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';

/** A part of a bucket: what a role may see of it. */
export interface BucketPrefix {
  readonly bucket: IBucket;
  /** Ends in `/`. */
  readonly prefix: string;
}

/** Objects below the prefix, and their names, which a recursive copy needs; nothing else of the bucket. */
export function grantReadPrefix({ bucket, prefix }: BucketPrefix, grantee: IGrantable): void {
  const keys = keysBelow(prefix);
  Grant.addToPrincipal({ grantee, actions: ['s3:GetObject'], resourceArns: [bucket.arnForObjects(keys)] });
  Grant.addToPrincipal({
    grantee,
    actions: ['s3:ListBucket'],
    resourceArns: [bucket.bucketArn],
    conditions: { StringLike: { 's3:prefix': keys } },
  });
  bucket.encryptionKey?.grantDecrypt(grantee);
}

/** New objects below the prefix, without the permission to delete one. */
export function grantWritePrefix({ bucket, prefix }: BucketPrefix, grantee: IGrantable): void {
  Grant.addToPrincipal({
    grantee,
    // A large upload that fails half way must be able to take its parts back.
    actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
    resourceArns: [bucket.arnForObjects(keysBelow(prefix))],
  });
  bucket.encryptionKey?.grantEncryptDecrypt(grantee);
}

/** What a controller keeps below prefixes of one bucket: whole objects, which it reads, writes and lists, and never deletes. */
export function grantKeepObjects(bucket: IBucket, prefixes: readonly string[], grantee: IGrantable): void {
  const keys = prefixes.map(keysBelow);
  Grant.addToPrincipal({
    grantee,
    actions: ['s3:GetObject', 's3:PutObject'],
    resourceArns: keys.map((key) => bucket.arnForObjects(key)),
  });
  Grant.addToPrincipal({
    grantee,
    // Who may not list is told of an absent object that it is forbidden.
    actions: ['s3:ListBucket'],
    resourceArns: [bucket.bucketArn],
    conditions: { StringLike: { 's3:prefix': keys } },
  });
  bucket.encryptionKey?.grantEncryptDecrypt(grantee);
}

function keysBelow(prefix: string): string {
  if (prefix.length > 1 && prefix.endsWith('/')) return `${prefix}*`;
  throw new Error(
    `prefix "${prefix}" names no folder of a bucket. Expected one ending in "/", for example "artifacts/".`,
  );
}
