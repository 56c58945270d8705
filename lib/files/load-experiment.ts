/** An experiment on disk with the files it names, planned. What a user wrote wrong comes back as printable lines. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { JsonlError, parseExamples, requestBodies } from '../core/load/requests.ts';
import type { Plan } from '../core/plan/plan.ts';
import { planExperiment } from '../core/plan/plan-experiment.ts';
import { type Issue, issue } from '../core/spec/issue.ts';
import { isAddress } from '../core/spec/model-spec.ts';
import { formatIssue } from './format-issues.ts';
import { loadPrices } from './load-prices.ts';
import { readExperiment } from './read-experiment.ts';
import { tracesBeside } from './trace-files.ts';

export type LoadedExperiment =
  | {
      ok: true;
      plan: Plan;
      experimentText: string;
      inputs: string;
      golden: string | null;
      lock: { [key: string]: string | null };
    }
  /** `next`: the command that helps, where looking again does not. */
  | { ok: false; kind: 'issues'; lines: string[]; next?: string }
  | { ok: false; kind: 'refusal'; message: string; fix: string; plan: Plan };

export interface LoadContext {
  kitVersion: string;
  /** Cores that the scheduler gives this process. */
  localCores: number;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Names under which a folder may hold its experiment. */
const NAMES = ['experiment.yaml', 'experiment.yml', 'experiment.json', 'experiment.mjs'];

/** The experiment's file: the argument itself, or the one inside the folder it names; null when there is none. */
export function findExperimentFile(reference: string): string | null {
  if (!existsSync(reference)) return null;
  if (!statSync(reference).isDirectory()) return reference;
  return NAMES.map((name) => join(reference, name)).find((file) => existsSync(file)) ?? null;
}

export async function loadExperiment(reference: string, context: LoadContext): Promise<LoadedExperiment> {
  const file = findExperimentFile(reference);
  if (file === null) {
    const what = existsSync(reference) ? `holds none of ${NAMES.join(', ')}` : 'does not exist';
    const folder = extname(reference) === '' ? reference : dirname(reference);
    return { ok: false, kind: 'issues', lines: [`${reference}: ${what}`], next: `infersweep init ${folder}` };
  }
  const shown = relative(process.cwd(), resolve(file)).startsWith('..') ? file : relative(process.cwd(), resolve(file));
  let text: string;
  try {
    text = await textOf(file);
  } catch (error) {
    return {
      ok: false,
      kind: 'issues',
      lines: [`${shown}: ${error instanceof Error ? error.message : String(error)}`],
    };
  }
  const base = dirname(file);
  const read = readExperiment(text, tracesBeside(base));
  const issues = (found: readonly Issue[]): LoadedExperiment =>
    read.ok
      ? { ok: false, kind: 'issues', lines: read.locate(found).map((i) => formatIssue(i, shown)) }
      : { ok: false, kind: 'issues', lines: [] };
  if (!read.ok) return { ok: false, kind: 'issues', lines: read.issues.map((i) => formatIssue(i, shown)) };

  const { experiment } = read;
  const source = resolve(base, experiment.model.source);
  const modelIsFolder = isAddress(experiment.model.source)
    ? null
    : existsSync(source)
      ? statSync(source).isDirectory()
      : null;
  const onlyLocal = experiment.targets.every((t) => t.target === 'local');
  if (
    onlyLocal &&
    modelIsFolder === null &&
    experiment.runtimes.some((r) => !['reference', 'emulated'].includes(r.runtime))
  ) {
    return issues([issue(['model', 'source'], `${source} does not exist`)]);
  }
  const needed = readNeeded(base, experiment.model, experiment.itemsPerRequest);
  if (!needed.ok)
    return 'lines' in needed ? { ok: false, kind: 'issues', lines: needed.lines } : issues([needed.issue]);

  const { priceSnapshot, region } = experiment;
  const priceFile = priceSnapshot === null ? null : resolve(base, priceSnapshot);
  if (priceFile !== null && !existsSync(priceFile)) {
    return issues([
      issue(
        ['aws', 'prices'],
        `${priceFile} does not exist: write it with infersweep prices refresh --region ${region}`,
      ),
    ]);
  }
  const priced = priceFile === null ? null : loadPrices(priceFile, region);
  if (priced && !priced.ok) return { ok: false, kind: 'issues', lines: priced.lines };

  const answer = planExperiment({
    experiment,
    sha256,
    kitVersion: context.kitVersion,
    facts: { localCores: context.localCores, modelIsFolder, prices: priced?.prices ?? null },
  });
  if (answer.ok) {
    const lock = {
      schema: 'infersweep.lock.v1',
      kitVersion: context.kitVersion,
      experimentFile: resolve(file),
      experimentTextSha256: read.textSha256,
      inputsSha256: sha256(needed.inputs),
      goldenSha256: needed.golden === null ? null : sha256(needed.golden),
    };
    return { ok: true, plan: answer.plan, experimentText: text, inputs: needed.inputs, golden: needed.golden, lock };
  }
  if (answer.kind === 'invalid') return issues(answer.issues);
  return { ok: false, kind: 'refusal', message: answer.refusal.message, fix: answer.refusal.fix, plan: answer.plan };
}

/** A module's default export stands for its document, as JSON. */
async function textOf(file: string): Promise<string> {
  if (!/\.[cm]?[jt]s$/.test(file)) return readFileSync(file, 'utf8');
  const module = (await import(pathToFileURL(resolve(file)).href)) as { default?: unknown };
  if (module.default === undefined) throw new Error('has no default export; export default defineExperiment({ … })');
  return JSON.stringify(module.default, null, 2);
}

type Needed =
  | { ok: true; inputs: string; golden: string | null }
  | { ok: false; issue: Issue }
  | { ok: false; lines: string[] };

function readNeeded(base: string, model: { inputs: string; golden: string | null }, itemsPerRequest: number): Needed {
  const texts: { [key: string]: string | null } = { inputs: null, golden: null };
  for (const key of ['inputs', 'golden'] as const) {
    const name = model[key];
    if (name === null) continue;
    const file = resolve(base, name);
    if (!existsSync(file)) return { ok: false, issue: issue(['model', key], `${file} does not exist`) };
    texts[key] = readFileSync(file, 'utf8');
  }
  const { inputs, golden } = texts;
  try {
    requestBodies(parseExamples(inputs!, golden!), 'all', itemsPerRequest);
  } catch (error) {
    if (!(error instanceof JsonlError)) throw error;
    const name = error.file === 'golden' ? model.golden! : model.inputs;
    return { ok: false, lines: [`${join(base, name)}:${error.line}:1: ${error.message}`] };
  }
  return { ok: true, inputs: inputs!, golden: golden! };
}
