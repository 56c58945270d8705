/** The way in: from anything to an experiment, or to everything that is wrong with it. Never throws. */
import { adaptiveLoad } from './adaptive-load.ts';
import { crossRules } from './cross-rules.ts';
import { entryIssues } from './entry-rules.ts';
import type { Experiment } from './experiment.ts';
import { EXPERIMENT_SCHEMA, experimentSchema } from './experiment-schema.ts';
import { explain, MISSING } from './explain.ts';
import { type Issue, issue, pathText } from './issue.ts';
import { normalise } from './normalise.ts';
import { noTraces, type ReadTrace } from './read-trace.ts';
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

/** Somebody must ask for something, or there is nothing to serve. */
function demandTrace(file: string, readTrace: ReadTrace): ReturnType<ReadTrace> {
  const read = readTrace(file);
  return read.ok && !read.trace.requests.some((n) => n > 0)
    ? { ok: false, message: `${file} has no request in any minute` }
    : read;
}

/** A key that is misspelt is also missing: said once, where it stands. */
function withoutEchoes(issues: readonly Issue[]): Issue[] {
  const meant = new Set(
    issues.flatMap(({ path, suggestion, at }) =>
      at === 'key' && suggestion !== null ? [pathText([...path.slice(0, -1), suggestion])] : [],
    ),
  );
  return issues.filter(({ path, message }) => message !== MISSING || !meant.has(pathText(path)));
}

/** @param readTrace for the traces that it names, relative to where it stands. */
export function parseExperiment(document: unknown, readTrace: ReadTrace = noTraces): ParsedExperiment {
  const otherVersion = versionIssue(document);
  if (otherVersion) return { ok: false, issues: [otherVersion] };
  const parsed = experimentSchema.safeParse(document);
  if (!parsed.success) {
    const issues = parsed.error.issues.flatMap((found) => explain(found, document, experimentSchema));
    return { ok: false, issues: withoutEchoes(issues) };
  }
  const { data } = parsed;
  const load = resolveLoad(data.load, { repeats: data.repeats, sloLatencyMs: data.slo.latencyMs, readTrace });
  const demand = data.demand?.trace === undefined ? null : demandTrace(data.demand.trace, readTrace);
  const issues = [
    ...entryIssues(data),
    ...crossRules.flatMap((rule) => rule(data)),
    ...(load.ok ? [] : load.issues),
    ...(demand?.ok === false ? [issue(['demand', 'trace'], demand.message)] : []),
  ];
  if (issues.length > 0 || !load.ok) return { ok: false, issues };
  const resolved = data.search === 'adaptive' ? adaptiveLoad(data, load.load) : load.load;
  return { ok: true, experiment: normalise(data, resolved, demand?.ok ? demand.trace : null) };
}
