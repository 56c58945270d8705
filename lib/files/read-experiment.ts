/** YAML or JSON text → experiment, or every issue with its place in the file. Reads no file by itself and never throws. */
import { createHash } from 'node:crypto';
import { isCollection, isMap, type Node, parseDocument, visit, type YAMLError } from 'yaml';
import type { Experiment } from '../core/spec/experiment.ts';
import type { Issue } from '../core/spec/issue.ts';
import { issue } from '../core/spec/issue.ts';
import { parseExperiment } from '../core/spec/parse-experiment.ts';
import type { ReadTrace } from '../core/spec/read-trace.ts';
import { type Locate, locator, type Position, positionAt } from './locate.ts';

export type LocatedIssue = Issue & Position;

export type ReadExperiment =
  /** `locate` places issues that only planning finds. `textSha256` is of the file as it stands. */
  | { ok: true; experiment: Experiment; textSha256: string; locate: (issues: readonly Issue[]) => LocatedIssue[] }
  | { ok: false; issues: LocatedIssue[] };

/** Larger than any experiment; keeps a wrong file (a model, a trace) from being parsed as YAML. */
const MAX_CHARACTERS = 1_000_000;
/** Aliases expand before they are checked: a few dozen are convenience, more is a bomb. */
const MAX_ALIASES = 100;
const MAX_DEPTH = 64;
const MAX_ISSUES = 50;
/** One broken quote makes hundreds of follow-up errors; the first ones say where it is. */
const MAX_SYNTAX_ERRORS = 5;

function syntaxMessage(error: YAMLError): string {
  switch (error.code) {
    case 'DUPLICATE_KEY':
      return 'this key stands twice in its map';
    case 'MULTIPLE_DOCS':
      return 'a file holds one experiment: remove everything from this `---` on';
    case 'RESOURCE_EXHAUSTION':
      return 'nested too deeply';
    default:
      return error.message;
  }
}

/** What cannot be turned into values safely, and where; null when nothing stands in the way. */
function structureIssue(document: ReturnType<typeof parseDocument>): { message: string; offset: number } | null {
  let found: { message: string; offset: number } | null = null;
  let aliases = 0;
  const stop = (node: Node, message: string) => {
    found = { message, offset: node.range?.[0] ?? 0 };
    return visit.BREAK;
  };
  visit(document, {
    Alias: (_, node) => {
      aliases += 1;
      if (aliases > MAX_ALIASES) return stop(node, `more than ${MAX_ALIASES} aliases`);
      return node.resolve(document) ? undefined : stop(node, `no anchor &${node.source} stands before this alias`);
    },
    Collection: (_, node, path) =>
      path.filter(isCollection).length >= MAX_DEPTH ? stop(node, `nested deeper than ${MAX_DEPTH} levels`) : undefined,
  });
  return found;
}

function failed(text: string, found: { message: string; offset: number; allowed?: string[] }[]): ReadExperiment {
  return {
    ok: false,
    issues: found.slice(0, MAX_ISSUES).map(({ message, offset, allowed }) => ({
      ...issue([], message, { allowed }),
      ...positionAt(text, offset),
    })),
  };
}

const sorted = (issues: LocatedIssue[]) => [...issues].sort((a, b) => a.line - b.line || a.column - b.column);

function place(issues: readonly Issue[], locate: Locate): LocatedIssue[] {
  return sorted(issues.map((found) => ({ ...found, ...locate(found.path, found.at) })));
}

/** @param readTrace gives the traces that it names. */
export function readExperiment(text: string, readTrace?: ReadTrace): ReadExperiment {
  if (text.length > MAX_CHARACTERS) {
    return failed(text, [
      { message: `this file has ${text.length} characters and an experiment at most ${MAX_CHARACTERS}`, offset: 0 },
    ]);
  }
  // `stringKeys` refuses keys that are lists, maps or numbers: none is legal anywhere in an experiment.
  const document = parseDocument(text, { prettyErrors: false, logLevel: 'error', stringKeys: true, version: '1.2' });
  const syntax = [...document.errors, ...document.warnings];
  if (syntax.length > 0) {
    return failed(
      text,
      syntax.slice(0, MAX_SYNTAX_ERRORS).map((error) => ({ message: syntaxMessage(error), offset: error.pos[0] })),
    );
  }
  if (document.contents === null) {
    return failed(text, [
      {
        message: 'this file holds no experiment',
        offset: 0,
        allowed: ['a map that begins with schema: infersweep.experiment.v1'],
      },
    ]);
  }
  if (!isMap(document.contents)) {
    return failed(text, [
      {
        message: 'an experiment is a map of keys, not a list or a single value',
        offset: document.contents.range?.[0] ?? 0,
      },
    ]);
  }
  const unsafe = structureIssue(document);
  if (unsafe) return failed(text, [unsafe]);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    // A few aliases that expand to many values.
    return failed(text, [{ message: error instanceof Error ? error.message : String(error), offset: 0 }]);
  }
  const locate = locator(document, text);
  const parsed = parseExperiment(value, readTrace);
  if (!parsed.ok) return { ok: false, issues: place(parsed.issues, locate).slice(0, MAX_ISSUES) };
  const textSha256 = createHash('sha256').update(text).digest('hex');
  return { ok: true, experiment: parsed.experiment, textSha256, locate: (issues) => place(issues, locate) };
}
