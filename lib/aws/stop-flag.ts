import type { StopFlag, StopReason } from '../core/ports/stop.ts';
import { keyOf, type RunEntries, readEntry, STOP, whenItHolds } from './ledger-entry.ts';

/** Asked by anybody who may write to the table, read by every step. It stays asked until the run is begun anew. */
export class DynamoStop implements StopFlag {
  private readonly run: RunEntries;

  constructor(run: RunEntries) {
    this.run = run;
  }

  async read(): Promise<StopReason | null> {
    return ((await readEntry(this.run, STOP))['reason']?.S as StopReason | undefined) ?? null;
  }

  /** The first reason stays. */
  async ask(reason: StopReason): Promise<void> {
    await whenItHolds(
      this.run.api.updateItem({
        ...keyOf(this.run, STOP),
        UpdateExpression: 'SET #reason = :reason',
        ConditionExpression: 'attribute_not_exists(#reason)',
        ExpressionAttributeNames: { '#reason': 'reason' },
        ExpressionAttributeValues: { ':reason': { S: reason } },
      }),
    );
  }

  /**
   * Withdraws what was asked before start `number` of the run. Said again of that start, or late of an older one, it does
   * nothing: what stands then may have been asked of the start that came meanwhile.
   * @param number grows with every start
   */
  async begin(number: number): Promise<void> {
    await whenItHolds(
      this.run.api.updateItem({
        ...keyOf(this.run, STOP),
        UpdateExpression: 'SET #begun = :number REMOVE #reason',
        ConditionExpression: 'attribute_not_exists(#begun) OR #begun < :number',
        ExpressionAttributeNames: { '#begun': 'begun', '#reason': 'reason' },
        ExpressionAttributeValues: { ':number': { N: String(number) } },
      }),
    );
  }
}
