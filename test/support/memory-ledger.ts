import type { Balance, Held, Hold, Ledger } from '../../lib/core/ports/ledger.ts';

/** The ledger of tests of the engine: what it held and settled, in order. */
export class MemoryLedger implements Ledger {
  readonly holds = new Map<string, number>();
  readonly log: string[] = [];
  private spentUsd = 0;
  private readonly budgetUsd: number | null;

  constructor(budgetUsd: number | null) {
    this.budgetUsd = budgetUsd;
  }

  async reserve({ name, usd }: Hold): Promise<Held> {
    if (this.holds.has(name)) return { granted: true };
    const { reservedUsd, spentUsd } = await this.balance();
    if (this.budgetUsd !== null && reservedUsd + spentUsd + usd > this.budgetUsd) {
      return { granted: false, reason: `${usd} more than is left` };
    }
    this.holds.set(name, usd);
    this.log.push(`hold ${name}`);
    return { granted: true };
  }

  async settle(name: string, usd: number | null): Promise<void> {
    const held = this.holds.get(name);
    if (held === undefined) return;
    this.holds.delete(name);
    this.spentUsd += usd ?? held;
    this.log.push(`settle ${name}`);
  }

  async settleRest(): Promise<void> {
    for (const name of [...this.holds.keys()]) await this.settle(name, null);
  }

  async balance(): Promise<Balance> {
    const reservedUsd = [...this.holds.values()].reduce((sum, usd) => sum + usd, 0);
    return { reservedUsd, spentUsd: this.spentUsd, budgetUsd: this.budgetUsd };
  }
}
