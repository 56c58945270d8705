/** What a deployment consists of on this machine: processes, and where each of them is reached. */
import type { Environment } from './environment.ts';

/** A Python with packages. */
export type Interpreter = Pick<Environment, 'python' | 'pythonPath'>;

export interface Launch {
  /** Says in reasons which process ended, and names its log. */
  role: 'server' | 'front';
  /** What becomes the process when it is executed; the deployment's mark stands in it. */
  command: string[];
  env: { [name: string]: string };
}

const MARK = 'infersweep:';

/** Stands in the command line of every process, so that a listing finds it without any memory of it. */
export const instanceMark = (runId: string, name: string) => `${MARK}${runId}/${name}`;

export const isMarkOf = (name: string) => (argument: string) =>
  argument.startsWith(MARK) && argument.endsWith(`/${name}`);
