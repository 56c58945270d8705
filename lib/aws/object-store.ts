import type { S3 } from '@aws-sdk/client-s3';
import { prefixes } from '../core/catalog/lab.ts';
import type { ObjectStore } from '../core/ports/object-store.ts';
import { pages } from './pages.ts';
import { isNamed } from './reap/kind-adapter.ts';

export type S3Api = Pick<S3, 'getObject' | 'listObjectsV2' | 'putObject'>;

export interface RunObjects {
  s3: S3Api;
  bucketName: string;
  /** Before every key; empty, or ending in a slash. */
  root: string;
}

/** Where a run's objects are. */
export const rootOf = (runId: string): string => `${prefixes.runs}${runId}/`;

/** Tries at an object that somebody else is writing, too. */
const CONFLICTS = 5;

/** S3 shows an object whole or not at all. */
export class S3Store implements ObjectStore {
  private readonly o: RunObjects;
  private readonly root: string;

  constructor(o: RunObjects) {
    this.o = o;
    this.root = o.root;
  }

  async put(key: string, text: string): Promise<void> {
    await this.o.s3.putObject({ ...this.at(key), Body: text });
  }

  /** False when there is one already. */
  async putOnce(key: string, text: string): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.o.s3.putObject({ ...this.at(key), Body: text, IfNoneMatch: '*' });
        return true;
      } catch (error) {
        if (isNamed(error, 'PreconditionFailed')) return false;
        // Two at the same moment: S3 asks to try again ("Conditional writes", User Guide).
        if (!isNamed(error, 'ConditionalRequestConflict') || attempt >= CONFLICTS) throw error;
      }
    }
  }

  /**
   * Of an absent key, whoever may not list the bucket is told that it is forbidden (GetObject, API reference). Whether a right
   * to list that is bound to a prefix counts is documented nowhere, so a listing below the key tells the two apart.
   */
  async get(key: string): Promise<string | null> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await (await this.o.s3.getObject(this.at(key))).Body!.transformToString();
      } catch (error) {
        if (isNamed(error, 'NoSuchKey')) return null;
        if (!isNamed(error, 'AccessDenied')) throw error;
        if (!(await this.list(key)).includes(key)) return null;
        // Written meanwhile, or really forbidden.
        if (attempt > 1) throw error;
      }
    }
  }

  async list(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    const all = pages(
      (ContinuationToken) =>
        this.o.s3.listObjectsV2({ Bucket: this.o.bucketName, Prefix: this.root + prefix, ContinuationToken }),
      ({ NextContinuationToken }) => NextContinuationToken,
    );
    for await (const { Contents } of all) {
      for (const { Key } of Contents ?? []) keys.push(Key!.slice(this.root.length));
    }
    return keys.sort();
  }

  private at(key: string) {
    // A key is no path to S3, but to whoever copies the run to a disk.
    if (key.startsWith('/') || key.split('/').includes('..'))
      throw new RangeError(`object key "${key}" leaves the store`);
    return { Bucket: this.o.bucketName, Key: this.root + key };
  }
}
