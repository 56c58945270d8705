/** Sums are shown in cents, rounded up: an estimate must not promise less than it computed, floating-point dust apart. */
export const cents = (usd: number): number => Math.max(0, Math.ceil(usd * 100 - 1e-9)) / 100;
