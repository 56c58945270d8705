/** Artifacts that this machine made, put where hosts read them. Complete, or not there: what says so is written last. */
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { basename, extname, join, relative, sep } from 'node:path';
import type { S3 } from '@aws-sdk/client-s3';
import type { Preparation } from '../core/plan/plan.ts';
import { artifactPrefix } from '../core/plan/preparation-job.ts';

/** Of one PutObject (S3's user guide, "Uploading objects"). */
const LARGEST_BYTES = 5 * 1024 ** 3;

/** Beside an uploaded artifact; one that a host made has `manifest.json`. */
export const UPLOADED = 'uploaded.json';

export interface Uploaded {
  /** Of the model's content, as its preparation says. */
  sha256: string;
  files: string[];
}

/** @returns where it is: `s3://bucket/artifacts/<id>/` */
export async function uploadArtifact(
  s3: Pick<S3, 'putObject'>,
  bucket: string,
  preparation: Pick<Preparation, 'id'>,
  made: { path: string; sha256: string },
): Promise<string> {
  const prefix = artifactPrefix(preparation);
  const files = filesOf(made.path);
  const large = files.find(({ bytes }) => bytes > LARGEST_BYTES);
  if (large)
    throw new Error(`${large.file} has ${large.bytes} bytes; one upload takes ${LARGEST_BYTES}: split the weights`);
  for (const { file, name, bytes } of files) {
    const Body = createReadStream(file);
    await s3.putObject({ Bucket: bucket, Key: `${prefix}${name}`, Body, ContentLength: bytes });
  }
  const uploaded: Uploaded = { sha256: made.sha256, files: files.map(({ name }) => name) };
  await s3.putObject({ Bucket: bucket, Key: `${prefix}${UPLOADED}`, Body: JSON.stringify(uploaded) });
  return `s3://${bucket}/${prefix}`;
}

/** A single file gets the name that servers look for in a folder. */
function filesOf(path: string): { file: string; name: string; bytes: number }[] {
  if (statSync(path).isFile()) return [{ file: path, name: `model${extname(path)}`, bytes: statSync(path).size }];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort((a, b) => Number(isManifest(a)) - Number(isManifest(b)) || (a < b ? -1 : 1))
    .map((file) => ({ file, name: relative(path, file).split(sep).join('/'), bytes: statSync(file).size }));
}

/** Of the whole artifact: it is read as a sign that the rest is there. */
const isManifest = (file: string) => basename(file) === 'manifest.json';
