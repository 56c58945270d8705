/** Who may spend what: money is held under a resource's name before the resource exists, and settled once it is gone. */

export type Hold = {
  /** Of the resource that it pays for. */
  name: string;
  /** The most it can cost until its deadline has ended it. */
  usd: number;
};

export type Held = { granted: true } | { granted: false; reason: string };

export type Balance = {
  /** Held for what may still be alive. */
  reservedUsd: number;
  /** Of what is confirmed gone. */
  spentUsd: number;
  /** null: no limit was set. */
  budgetUsd: number | null;
};

export interface Ledger {
  /** Granted while what is spent, held and asked stays inside the budget. Asked again under one name: the same answer, held once. */
  reserve(hold: Hold): Promise<Held>;
  /** Ends a hold, of which `usd` was spent; null: nobody knows, so all of it. Success when nothing is held under the name. */
  settle(name: string, usd: number | null): Promise<void>;
  /** Ends every hold, each for all of it: for when nothing of the run is alive, and nobody is left who knows what it cost. */
  settleRest(): Promise<void>;
  balance(): Promise<Balance>;
}
