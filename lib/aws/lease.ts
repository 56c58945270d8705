import type { Clock } from '../core/ports/clock.ts';
import type { Lease } from '../core/ports/lease.ts';
import { HEAD, keyOf, numberIn, type RunEntries, whenItHolds } from './ledger-entry.ts';
import { isNamed } from './reap/kind-adapter.ts';

export interface DynamoLeaseOptions extends RunEntries {
  /** Unlike any other controller's: host, process, and something random. */
  owner: string;
  /** The server's time: a machine whose own is wrong would take a living controller for a dead one. */
  clock: Clock;
  /**
   * After how long without renewal another may take over; renew several times as often.
   *
   * @default 60
   */
  staleAfterSeconds?: number;
}

/** The head entry of a run says who controls it: `leaseToken` only ever grows, and is a condition of what the ledger writes. */
export class DynamoLease implements Lease {
  private readonly o: DynamoLeaseOptions;
  private held: number | null = null;

  constructor(o: DynamoLeaseOptions) {
    this.o = o;
  }

  /** Of the last acquisition, also after it was lost: what carries it is then refused. */
  get token(): number {
    if (this.held === null)
      throw new Error(`the lease of run ${this.o.runId} was never acquired, so nothing may be written`);
    return this.held;
  }

  async acquire(): Promise<{ token: number } | null> {
    const { clock, owner, staleAfterSeconds = 60 } = this.o;
    const nowMs = clock.nowMs();
    try {
      const { Attributes } = await this.o.api.updateItem({
        ...keyOf(this.o, HEAD),
        UpdateExpression: 'SET leaseOwner = :owner, leaseRenewedMs = :now ADD leaseToken :one',
        // Its own owner: the answer to an earlier try may have been lost.
        ConditionExpression: 'attribute_not_exists(leaseOwner) OR leaseOwner = :owner OR leaseRenewedMs < :stale',
        ExpressionAttributeValues: {
          ':owner': { S: owner },
          ':now': { N: String(nowMs) },
          ':stale': { N: String(nowMs - staleAfterSeconds * 1000) },
          ':one': { N: '1' },
        },
        ReturnValues: 'UPDATED_NEW',
      });
      this.held = numberIn(Attributes?.['leaseToken']);
      return { token: this.held };
    } catch (error) {
      if (isNamed(error, 'ConditionalCheckFailedException')) return null;
      throw error;
    }
  }

  async renew(): Promise<boolean> {
    if (this.held === null) return false;
    return this.whileMine('SET leaseRenewedMs = :now', { ':now': { N: String(this.o.clock.nowMs()) } });
  }

  async release(): Promise<void> {
    if (this.held !== null) await this.whileMine('REMOVE leaseOwner, leaseRenewedMs', {});
  }

  /** The token alone tells: it grew when another took over. The owner is gone once it was released. */
  private whileMine(update: string, values: Record<string, { N: string }>): Promise<boolean> {
    return whenItHolds(
      this.o.api.updateItem({
        ...keyOf(this.o, HEAD),
        UpdateExpression: update,
        ConditionExpression: 'leaseToken = :token AND leaseOwner = :owner',
        ExpressionAttributeValues: { ...values, ':token': { N: String(this.held) }, ':owner': { S: this.o.owner } },
      }),
    );
  }
}
