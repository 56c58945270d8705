import type { PriceSnapshot } from '../catalog/price-snapshot.ts';

/** What a plan must know of the world and cannot look up by itself. */
export interface PlanFacts {
  /** Cores of the machine the kit runs on, as its scheduler allows them. */
  localCores: number;
  /** Whether `model.source` is a folder (a checkpoint); null when it was not looked up. Not asked of an address. */
  modelIsFolder: boolean | null;
  /** Content of `aws.prices`; absent or null without one. */
  prices?: PriceSnapshot | null;
}

/** Hex digest of a text. */
export type Sha256 = (text: string) => string;
