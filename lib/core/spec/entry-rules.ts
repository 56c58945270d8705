/** Entries of `targets` and `runtimes` name exactly one of several keys; lists of values repeat nothing. */
import { instanceOf, instanceTypesOf } from '../catalog/instance.ts';
import { type RuntimeName, runtimeNames, runtimeOf } from '../catalog/runtimes/registry.ts';
import type { TargetName } from '../plan/plan.ts';
import { targetNames } from '../plan/plan.ts';
import { canonicalJson } from './canonical-json.ts';
import type { ExperimentDocument } from './experiment-schema.ts';
import { type Issue, issue } from './issue.ts';
import { nearest } from './nearest.ts';
import type { RuntimeEntry } from './runtime-spec.ts';
import type { TargetEntry } from './target-spec.ts';

/** Positions of values that stand in the list before. */
function repeated(values: readonly unknown[]): number[] {
  const seen = new Set<string>();
  return values.flatMap((value, i) => {
    const text = canonicalJson(value);
    if (seen.has(text)) return [i];
    seen.add(text);
    return [];
  });
}

function exactlyOne(list: string, i: number, given: readonly string[], legal: readonly string[]): Issue[] {
  if (given.length === 1) return [];
  const what = given.length === 0 ? 'names none' : `names ${given.join(' and ')}`;
  return [issue([list, i], `must name exactly one of its keys, but ${what}`, { allowed: legal })];
}

export function targetsOf(entry: TargetEntry): TargetName[] {
  return targetNames.filter((name) => entry[name] !== undefined);
}

export function runtimesOf(entry: RuntimeEntry): RuntimeName[] {
  return runtimeNames.filter((name) => entry[name] !== undefined);
}

/** Why a target cannot offer an instance type at all; a type that exists but fits no runtime is a matter for the plan. */
function instanceTypeIssue(target: TargetName, instanceType: string, path: (string | number)[]): Issue[] {
  if (instanceOf(target, instanceType)) return [];
  const known = instanceTypesOf(target);
  const other = target === 'ec2' ? instanceType.replace(/^ml\./, '') : `ml.${instanceType}`;
  const suggestion = known.includes(other) ? other : nearest(instanceType, known);
  return [
    issue(path, `${target} offers no instance type "${instanceType}" that this kit knows`, {
      allowed: known,
      suggestion,
    }),
  ];
}

function targetIssues(document: ExperimentDocument): Issue[] {
  const seen = new Set<string>();
  return document.targets.flatMap((entry, i) => {
    const given = targetsOf(entry);
    const found = exactlyOne('targets', i, given, targetNames);
    if (found.length > 0) return found;
    const target = given[0]!;
    if (target === 'local') {
      if (seen.has('local'))
        return [issue(['targets', i], 'local stands twice: one number of cores for each experiment')];
      seen.add('local');
      return [];
    }
    return entry[target]!.instanceTypes.flatMap((instanceType, k) => {
      const path = ['targets', i, target, 'instanceTypes', k];
      const id = `${target} ${instanceType}`;
      if (seen.has(id)) return [issue(path, `${instanceType} stands twice on ${target}`)];
      seen.add(id);
      return instanceTypeIssue(target, instanceType, path);
    });
  });
}

function runtimeIssues(document: ExperimentDocument): Issue[] {
  const names = new Set<string>();
  return document.runtimes.flatMap((entry, i) => {
    const given = runtimesOf(entry);
    const found = exactlyOne('runtimes', i, given, runtimeNames);
    if (found.length > 0) return found;
    if (entry.name !== undefined) {
      if (names.has(entry.name)) found.push(issue(['runtimes', i, 'name'], `the name "${entry.name}" stands twice`));
      names.add(entry.name);
    }
    const name = given[0]!;
    const parameters = entry[name] as Record<string, unknown>;
    for (const [key, declared] of Object.entries(runtimeOf(name).parameters)) {
      const value = parameters[key];
      if (value === undefined && declared.fallback === undefined) {
        found.push(issue(['runtimes', i, name, key], `${name} needs ${key}`, { at: 'key' }));
      }
      if (!Array.isArray(value)) continue;
      for (const k of repeated(value)) {
        found.push(issue(['runtimes', i, name, key, k], 'stands twice in this list'));
      }
    }
    return found;
  });
}

export function entryIssues(document: ExperimentDocument): Issue[] {
  return [...targetIssues(document), ...runtimeIssues(document)];
}
