/** Names of configurations: what the user called them, else the runtime and the words of the parameters that vary. */
import { runtimeOf } from '../catalog/runtimes/registry.ts';
import { canonicalJson } from '../spec/canonical-json.ts';
import type { Experiment, ExperimentRuntime } from '../spec/experiment.ts';
import { type Issue, issue } from '../spec/issue.ts';
import { type Combination, combinations } from './combinations.ts';

const MAX_NAME = 63;

export interface NamedCombination {
  /** Index in `experiment.runtimes`. */
  entry: number;
  name: string;
  combination: Combination;
}

function slug(text: string): string {
  const words = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return words.replace(/^-+/, '').slice(0, MAX_NAME).replace(/-+$/, '');
}

/** Values by parameter that names in one scope must tell apart; a parameter with one value is left out. */
function variedIn(entries: readonly ExperimentRuntime[]): Map<string, Combination[string][]> {
  const values = new Map<string, Map<string, Combination[string]>>();
  for (const { axes } of entries) {
    for (const axis of axes) {
      const seen = values.get(axis.parameter) ?? new Map();
      for (const value of axis.values) seen.set(canonicalJson(value), value);
      values.set(axis.parameter, seen);
    }
  }
  return new Map(
    [...values].filter(([, seen]) => seen.size > 1).map(([parameter, seen]) => [parameter, [...seen.values()]]),
  );
}

/** A name with a number behind it, when others took it before. */
function unused(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (let n = 2; ; n++) {
    const suffix = `-${n}`;
    const numbered = name.slice(0, MAX_NAME - suffix.length) + suffix;
    if (!taken.has(numbered)) return numbered;
  }
}

/**
 * Names every combination. Entries of one runtime without a name of their own are told apart together; a combination
 * that stands in two of them would be measured twice under one meaning, which is an issue.
 */
export function nameConfigurations(experiment: Experiment): { named: NamedCombination[]; issues: Issue[] } {
  const { runtimes } = experiment;
  const issues: Issue[] = [];
  const named: NamedCombination[] = [];
  const isWholeName = (entry: ExperimentRuntime) =>
    entry.name !== null && entry.axes.every(({ values }) => values.length === 1);
  // A name that the user gave to one configuration is never changed, wherever in the file it stands.
  const taken = new Set(runtimes.flatMap((entry) => (isWholeName(entry) ? [entry.name!] : [])));
  const seen = new Map<string, number>();
  const unnamedOf = (runtime: string) => runtimes.filter((other) => other.name === null && other.runtime === runtime);
  const shared = new Map([...new Set(runtimes.map(({ runtime }) => runtime))].map((r) => [r, variedIn(unnamedOf(r))]));

  runtimes.forEach((entry, index) => {
    const varied = entry.name === null ? shared.get(entry.runtime)! : variedIn([entry]);
    const { parameters } = runtimeOf(entry.runtime);
    for (const combination of combinations(entry.axes)) {
      const identity = `${entry.runtime} ${canonicalJson(combination)}`;
      const earlier = seen.get(identity);
      if (entry.name === null && earlier !== undefined) {
        issues.push(
          issue(
            ['runtimes', index, entry.runtime],
            `repeats a configuration of runtimes[${earlier}]: give one of them a name`,
          ),
        );
        return;
      }
      if (entry.name === null) seen.set(identity, index);
      if (isWholeName(entry)) {
        named.push({ entry: index, name: entry.name!, combination });
        continue;
      }
      const words = [...varied].map(([parameter, among]) =>
        parameters[parameter]!.label(combination[parameter], among),
      );
      const name = unused(slug([entry.name ?? entry.runtime, ...words].join('-')), taken);
      taken.add(name);
      named.push({ entry: index, name, combination });
    }
  });
  return { named, issues };
}
