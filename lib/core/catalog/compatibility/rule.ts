/** A compatibility rule looks at one resolved cell of the matrix and says why it cannot run, or nothing. */
import type { Parameters, TargetName } from '../../plan/plan.ts';
import type { Instance } from '../instance.ts';
import type { RuntimeName } from '../runtimes/registry.ts';

export interface Cell {
  target: TargetName;
  instanceType: string;
  /** null on `local`. */
  instance: Instance | null;
  /** Cores that serve: those of `local`, or the instance's vCPUs. */
  cores: number;
  /** Cores of the machine the kit runs on. */
  localCores: number;
  runtime: RuntimeName;
  /** Defaults filled in; `auto` and `all` replaced by numbers. */
  parameters: Parameters;
  model: ModelFacts;
  /** Whether the callers sit in the serving process, instead of speaking HTTP. */
  inProcess: boolean;
}

export interface ModelFacts {
  source: string;
  /** A checkpoint folder; null when it cannot be known here (an address). */
  isFolder: boolean | null;
  /** Whether clients send texts, to be tokenised by the server. */
  takesText?: boolean;
}

export interface Exclusion {
  /** The rule's name, as it is printed: `skipped:incompatible(<rule>)`. */
  rule: string;
  /** What the user can change. */
  fix: string;
}

export type Rule = (cell: Cell) => Exclusion | null;
