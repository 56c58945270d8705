/** The way in: from anything to an experiment, or to everything that is wrong with it. Never throws. */
import { crossRules } from './cross-rules.ts';
import { entryIssues } from './entry-rules.ts';
import type { Experiment } from './experiment.ts';
import { EXPERIMENT_SCHEMA, experimentSchema } from './experiment-schema.ts';
import { explain } from './explain.ts';
import { type Issue, issue } from './issue.ts';
import { normalise } from './normalise.ts';
import { resolveLoad } from './resolve-load.ts';

export type ParsedExperiment = { ok: true; experiment: Experiment } | { ok: false; issues: Issue[] };

const OTHER_VERSION = /^infersweep\.experiment\.v(\d+)$/;

/** A later version may mean other things by the same keys, so nothing else of it is read. */
function versionIssue(document: unknown): Issue | null {
  if (typeof document !== 'object' || document === null || !('schema' in document)) return null;
  const { schema } = document;
  if (typeof schema !== 'string' || schema === EXPERIMENT_SCHEMA || !OTHER_VERSION.test(schema)) return null;
  return issue(['schema'], `this kit reads ${EXPERIMENT_SCHEMA}, not ${schema}: use a kit that reads it`, {
    allowed: [EXPERIMENT_SCHEMA],
  });
}

export function parseExperiment(document: unknown): ParsedExperiment {
  const otherVersion = versionIssue(document);
  if (otherVersion) return { ok: false, issues: [otherVersion] };
  const parsed = experimentSchema.safeParse(document);
  if (!parsed.success) {
    return { ok: false, issues: parsed.error.issues.flatMap((found) => explain(found, document, experimentSchema)) };
  }
  const { data } = parsed;
  const load = resolveLoad(data.load, { repeats: data.repeats, sloLatencyMs: data.slo.latencyMs });
  const issues = [...entryIssues(data), ...crossRules.flatMap((rule) => rule(data)), ...(load.ok ? [] : load.issues)];
  if (issues.length > 0 || !load.ok) return { ok: false, issues };
  return { ok: true, experiment: normalise(data, load.load) };
}
