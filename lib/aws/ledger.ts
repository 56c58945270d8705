import { LeaseLost } from '../core/ports/lease.ts';
import type { Balance, Held, Hold, Ledger } from '../core/ports/ledger.ts';
import { type Attributes, HEAD, keyOf, numberIn, type RunEntries, readEntry, whenItHolds } from './ledger-entry.ts';
import { limitMicroUsd, microUsd } from './ledger-money.ts';

export interface DynamoLedgerOptions extends RunEntries {
  /** null: no limit. */
  budgetUsd: number | null;
  /**
   * Who may write: the holder of the lease, by its token. null where the carrier itself sees to it that there is one
   * controller.
   */
  lease: { readonly token: number } | null;
}

/** What a fenced-off controller gets: it must stop, and must not be tried again. */
export class FencedOff extends LeaseLost {
  constructor(runId: string, mine: number, current: number) {
    super(
      `another controller holds run ${runId} now (lease ${current}, this one's was ${mine}), so nothing was written. Stop this one; "infersweep status ${runId}" says how the run stands.`,
    );
    this.name = 'FencedOff';
  }
}

/**
 * An item may have 400 KB (DynamoDB, "Service quotas"): a hold has at most 100 bytes, and no account runs as many
 * endpoints at once.
 */
const MOST_HOLDS = 2000;
/** Another writer of the same lease came between a read and its write. */
const TRIES = 20;

/**
 * Money of one run in one entry: `committedMicroUsd` (spent and held), `spentMicroUsd`, and `holds` by name. Every write
 * is one conditional update, so that no order of writers exceeds the budget, and none loses a cent.
 */
export class DynamoLedger implements Ledger {
  private readonly o: DynamoLedgerOptions;
  private opened: Promise<void> | null = null;

  constructor(o: DynamoLedgerOptions) {
    this.o = o;
  }

  async reserve({ name, usd }: Hold): Promise<Held> {
    const micro = microUsd(usd);
    const { budgetUsd } = this.o;
    const room = budgetUsd === null ? null : limitMicroUsd(budgetUsd) - micro;
    // Once: a hold needs its map.
    this.opened ??= this.open();
    await this.opened.catch((error) => {
      this.opened = null;
      throw error;
    });
    const held = await this.write({
      update: 'SET holds.#name = :micro, committedMicroUsd = committedMicroUsd + :micro',
      condition: `attribute_not_exists(holds.#name) AND size(holds) < :most${room === null ? '' : ' AND committedMicroUsd <= :room'}`,
      names: { '#name': name },
      values: { ':micro': micro, ':most': MOST_HOLDS, ...(room === null ? {} : { ':room': room }) },
    });
    if (held) return { granted: true };
    const head = await this.readFenced();
    const holds = head['holds']?.M ?? {};
    // A repetition: held once, whatever it asks now.
    if (holds[name] !== undefined) return { granted: true };
    if (Object.keys(holds).length >= MOST_HOLDS) {
      return { granted: false, reason: `${MOST_HOLDS} holds are open, as many as an entry of the ledger can take` };
    }
    const { spentUsd, reservedUsd } = balanceOf(head);
    const reason = `${usdText(usd)} USD asked, ${usdText(spentUsd)} spent and ${usdText(reservedUsd)} held of ${usdText(budgetUsd ?? 0)}`;
    return { granted: false, reason };
  }

  async settle(name: string, usd: number | null): Promise<void> {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const hold = (await this.readFenced())['holds']?.M?.[name];
      if (hold === undefined) return;
      const held = numberIn(hold);
      const spent = usd === null ? held : microUsd(usd);
      const settled = await this.write({
        update:
          'SET committedMicroUsd = committedMicroUsd + :more, spentMicroUsd = spentMicroUsd + :spent REMOVE holds.#name',
        condition: 'holds.#name = :held',
        names: { '#name': name },
        values: { ':more': spent - held, ':spent': spent, ':held': held },
      });
      if (settled) return;
    }
    throw new Error(`the hold of ${name} changed ${TRIES} times while it was being settled`);
  }

  async settleRest(): Promise<void> {
    const { holds } = await readEntry(this.o, HEAD);
    for (const name of Object.keys(holds?.M ?? {})) await this.settle(name, null);
  }

  async balance(): Promise<Balance> {
    return balanceOf(await readEntry(this.o, HEAD));
  }

  private async open(): Promise<void> {
    const { budgetUsd } = this.o;
    const written = await this.write({
      update: `SET holds = if_not_exists(holds, :none), committedMicroUsd = if_not_exists(committedMicroUsd, :zero), spentMicroUsd = if_not_exists(spentMicroUsd, :zero)${
        budgetUsd === null ? ' REMOVE budgetMicroUsd' : ', budgetMicroUsd = :budget'
      }`,
      condition: null,
      names: {},
      values: { ':zero': 0, ...(budgetUsd === null ? {} : { ':budget': limitMicroUsd(budgetUsd) }) },
      more: { ':none': { M: {} } },
    });
    if (!written) await this.readFenced();
  }

  private write(o: {
    update: string;
    condition: string | null;
    names: Record<string, string>;
    values: Record<string, number>;
    more?: Attributes;
  }): Promise<boolean> {
    const { lease, api } = this.o;
    const values = { ...o.values, ...(lease ? { ':token': lease.token } : {}) };
    const conditions = [...(o.condition ? [o.condition] : []), ...(lease ? ['leaseToken = :token'] : [])];
    return whenItHolds(
      api.updateItem({
        ...keyOf(this.o, HEAD),
        UpdateExpression: o.update,
        ...(conditions.length > 0 ? { ConditionExpression: conditions.join(' AND ') } : {}),
        ...(Object.keys(o.names).length > 0 ? { ExpressionAttributeNames: o.names } : {}),
        ExpressionAttributeValues: {
          ...Object.fromEntries(Object.entries(values).map(([key, n]) => [key, { N: String(n) }])),
          ...o.more,
        },
      }),
    );
  }

  private async readFenced(): Promise<Attributes> {
    const head = await readEntry(this.o, HEAD);
    const current = numberIn(head['leaseToken']);
    const { lease, runId } = this.o;
    if (lease && lease.token !== current) throw new FencedOff(runId, lease.token, current);
    return head;
  }
}

function balanceOf(head: Attributes): Balance {
  const spent = numberIn(head['spentMicroUsd']);
  const budget = head['budgetMicroUsd'];
  return {
    reservedUsd: (numberIn(head['committedMicroUsd']) - spent) / 1e6,
    spentUsd: spent / 1e6,
    budgetUsd: budget === undefined ? null : numberIn(budget) / 1e6,
  };
}

function usdText(usd: number): string {
  return usd.toFixed(2);
}
