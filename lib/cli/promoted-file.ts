/** What was promoted: one file for each experiment, which the CDK app reads and which belongs under version control. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Recommendation, recommendationSchema } from '../core/recommend/recommendation.ts';

/** Below the working directory, as `bin/app-context.ts` looks for it. */
export const PROMOTED = 'promoted';

export function promotedFile(experiment: string): string {
  return join(PROMOTED, `${experiment}.json`);
}

/** @returns null when there is none; `unreadable` when it is no recommendation of this version. */
export function readPromoted(file: string): Recommendation | 'unreadable' | null {
  if (!existsSync(file)) return null;
  try {
    return recommendationSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return 'unreadable';
  }
}

/** Whole or not at all: a deployment may be reading it. */
export function writePromoted(file: string, recommendation: Recommendation): void {
  mkdirSync(dirname(file), { recursive: true });
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, `${JSON.stringify(recommendation, null, 2)}\n`);
  renameSync(fresh, file);
}
