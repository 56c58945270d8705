/** A generator's side of the bucket: its job, its progress, its result. */
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type JobKeys, jobKeys } from '../core/load/job-keys.ts';

export interface TaskPlace {
  bucket: string;
  /** Before every key; empty or ending in `/`. */
  prefix: string;
  /** Of this generator's job. */
  folder: string;
}

export class TaskExchange {
  private readonly client: Pick<S3Client, 'send'>;
  private readonly place: TaskPlace;
  private readonly keys: JobKeys;

  constructor(client: Pick<S3Client, 'send'>, place: TaskPlace) {
    this.client = client;
    this.place = place;
    this.keys = jobKeys(place.folder);
  }

  async job(): Promise<string> {
    const { Body } = await this.client.send(new GetObjectCommand(this.at(this.keys.job)));
    return Body!.transformToString();
  }

  /** Whether an earlier attempt has already written the result. */
  async hasResult(): Promise<boolean> {
    try {
      await this.client.send(new HeadObjectCommand(this.at(this.keys.result)));
      return true;
    } catch (error) {
      // HEAD has no body that could say more. To a role whose right to list is bound to a prefix, S3 may say of an absent
      // key that it is forbidden; `putResult` does not replace what there is, so nothing is lost by taking it for absent.
      if ([403, 404].includes(statusOf(error) ?? 0)) return false;
      throw error;
    }
  }

  async putProgress(content: string): Promise<void> {
    await this.client.send(new PutObjectCommand({ ...this.at(this.keys.progress), ...json(content) }));
  }

  async putError(text: string): Promise<void> {
    await this.client.send(new PutObjectCommand({ ...this.at(this.keys.error), Body: text }));
  }

  /** Writes the result unless there is one: the first attempt that ends is the one that counts. False when there was one. */
  async putResult(content: string): Promise<boolean> {
    try {
      const place = this.at(this.keys.result);
      await this.client.send(new PutObjectCommand({ ...place, ...json(content), IfNoneMatch: '*' }));
      return true;
    } catch (error) {
      if (statusOf(error) === 412) return false;
      throw error;
    }
  }

  private at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.place.bucket, Key: `${this.place.prefix}${key}` };
  }
}

const json = (content: string) => ({ Body: content, ContentType: 'application/json' });

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}
