import { type Measurement, measurementSchema } from '../core/measure/measurement.ts';
import { skippedRowSchema } from '../core/plan/plan.ts';
import type { Records, SkippedTrial } from '../core/ports/records.ts';
import { type Attributes, keyOf, type RunEntries, readEntry, TRIAL, whenItHolds } from './ledger-entry.ts';
import type { S3Store } from './object-store.ts';
import { pages } from './pages.ts';

/** Bodies that are read at once. */
const READERS = 16;

/**
 * The entry of a trial is its terminal fact, written once by whoever comes first; a measurement's body, too large for a
 * table, is an object that was whole before the entry named it. A body without an entry is the rest of a crash: the next
 * try takes it over.
 */
export class DynamoRecords implements Records {
  private readonly run: RunEntries;
  private readonly store: S3Store;

  constructor(run: RunEntries, store: S3Store) {
    this.run = run;
    this.store = store;
  }

  async append(measurement: Measurement): Promise<void> {
    const { trial } = measurement;
    if (await this.isTerminal(trial)) return;
    const key = `records/${encodeURIComponent(trial)}.json`;
    await this.store.putOnce(key, JSON.stringify(measurement));
    await this.end(trial, { body: { S: key } });
  }

  async skip({ trial, row }: SkippedTrial): Promise<void> {
    await this.end(trial, { skipped: { S: JSON.stringify(row) } });
  }

  /** In the order of the trials' ids. */
  async list(): Promise<Measurement[]> {
    const keys = (await this.entries()).flatMap(({ body }) => body?.S ?? []);
    const found: Measurement[] = [];
    for (let from = 0; from < keys.length; from += READERS) {
      found.push(...(await Promise.all(keys.slice(from, from + READERS).map((key) => this.read(key)))));
    }
    return found;
  }

  async skipped(): Promise<SkippedTrial[]> {
    return (await this.entries()).flatMap(({ entry, skipped }) =>
      skipped === undefined
        ? []
        : [{ trial: entry!.S!.slice(TRIAL.length), row: skippedRowSchema.parse(JSON.parse(skipped.S!)) }],
    );
  }

  private async isTerminal(trial: string): Promise<boolean> {
    return (await readEntry(this.run, TRIAL + trial))['entry'] !== undefined;
  }

  private async end(trial: string, attributes: Attributes): Promise<void> {
    const { TableName, Key } = keyOf(this.run, TRIAL + trial);
    await whenItHolds(
      this.run.api.putItem({
        TableName,
        Item: { ...Key, ...attributes },
        ConditionExpression: 'attribute_not_exists(entry)',
      }),
    );
  }

  private async read(key: string): Promise<Measurement> {
    const text = await this.store.get(key);
    if (text === null)
      throw new Error(`the record ${key} of run ${this.run.runId} is not in its bucket: it was deleted by hand`);
    return measurementSchema.parse(JSON.parse(text));
  }

  private async entries(): Promise<Attributes[]> {
    const { api, tableName, runId } = this.run;
    const found: Attributes[] = [];
    const all = pages<{ Items?: Attributes[]; LastEvaluatedKey?: Attributes }, Attributes>(
      (ExclusiveStartKey) =>
        api.query({
          TableName: tableName,
          KeyConditionExpression: 'run = :run AND begins_with(entry, :trial)',
          ExpressionAttributeValues: { ':run': { S: runId }, ':trial': { S: TRIAL } },
          ConsistentRead: true,
          ExclusiveStartKey,
        }),
      ({ LastEvaluatedKey }) => LastEvaluatedKey,
    );
    for await (const { Items } of all) found.push(...(Items ?? []));
    return found;
  }
}
