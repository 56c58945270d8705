/** Nothing on this machine is billed, and its processes end with the one that started them. */
import type { Deadlines } from '../core/ports/deadlines.ts';
import type { Ledger } from '../core/ports/ledger.ts';

export const unbilled: Ledger = {
  reserve: async () => ({ granted: true }),
  settle: async () => undefined,
  settleRest: async () => undefined,
  balance: async () => ({ reservedUsd: 0, spentUsd: 0, budgetUsd: null }),
};

export const diesWithParent: Deadlines = { arm: async () => undefined, disarm: async () => undefined };
