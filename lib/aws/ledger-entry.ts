/** The entries that a run has in the guard's table (keys `run` and `entry`), and how single ones are read and written. */
import type { AttributeValue, DynamoDB } from '@aws-sdk/client-dynamodb';
import { isNamed } from './reap/kind-adapter.ts';

export type LedgerApi = Pick<DynamoDB, 'getItem' | 'putItem' | 'query' | 'updateItem'>;

export type Attributes = Record<string, AttributeValue>;

export interface RunEntries {
  api: LedgerApi;
  tableName: string;
  runId: string;
}

/** Lease and money share one entry: a condition reaches no further, and money is only for whoever holds the lease. */
export const HEAD = 'head';
export const STOP = 'stop';
/** Followed by the id of a trial. */
export const TRIAL = 'trial#';

export function keyOf({ tableName, runId }: RunEntries, entry: string) {
  return { TableName: tableName, Key: { run: { S: runId }, entry: { S: entry } } };
}

/** As of now, not of a second ago. */
export async function readEntry(run: RunEntries, entry: string): Promise<Attributes> {
  return (await run.api.getItem({ ...keyOf(run, entry), ConsistentRead: true })).Item ?? {};
}

export function numberIn(attribute: AttributeValue | undefined): number {
  return Number(attribute?.N ?? 0);
}

/** False when the condition did not hold. */
export async function whenItHolds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isNamed(error, 'ConditionalCheckFailedException')) return false;
    throw error;
  }
}
