/** From named combinations × instance types to configurations and skipped rows. */

import type { Cell, ModelFacts } from '../catalog/compatibility/rule.ts';
import { exclusionOf } from '../catalog/compatibility/rules.ts';
import { instanceOf } from '../catalog/instance.ts';
import type { Experiment, ExperimentTarget } from '../spec/experiment.ts';
import { type Issue, issue } from '../spec/issue.ts';
import type { Combination } from './combinations.ts';
import type { NamedCombination } from './configuration-names.ts';
import type { PlanFacts } from './facts.ts';
import type { Configuration, Parameters, SkippedRow } from './plan.ts';

export interface Matrix {
  configurations: { configuration: Configuration; target: ExperimentTarget }[];
  skipped: SkippedRow[];
  issues: Issue[];
}

/** Replaces the words that mean "as many as there are". */
function resolve(combination: Combination, cores: number, neuronCores: number | undefined): Parameters {
  return Object.fromEntries(
    Object.entries(combination).map(([parameter, value]) => {
      if (parameter === 'threads' && value === 'auto') return [parameter, cores];
      if (parameter === 'cores' && value === 'all') return [parameter, neuronCores ?? value];
      return [parameter, value];
    }),
  );
}

/** Rules that left an entry of the document without any legal cell, each with its fix, once. */
class Objections {
  readonly #legal = new Set<number>();
  readonly #found = new Map<number, Map<string, string>>();

  allow(entry: number): void {
    this.#legal.add(entry);
  }

  object(entry: number, rule: string, fix: string): void {
    const rules = this.#found.get(entry) ?? new Map<string, string>();
    if (!rules.has(rule)) rules.set(rule, fix);
    this.#found.set(entry, rules);
  }

  /** Entries without a legal cell, with the text that says why. */
  hopeless(): [entry: number, why: string][] {
    return [...this.#found]
      .filter(([entry]) => !this.#legal.has(entry))
      .map(([entry, rules]) => [entry, [...rules].map(([rule, fix]) => `${rule} (${fix})`).join('; ')]);
  }
}

export function expandMatrix(
  experiment: Experiment,
  named: readonly NamedCombination[],
  model: ModelFacts,
  facts: PlanFacts,
): Matrix {
  const configurations: Matrix['configurations'] = [];
  const skipped: SkippedRow[] = [];
  const byTarget = new Objections();
  const byRuntime = new Objections();
  experiment.targets.forEach((target, targetIndex) => {
    for (const instanceType of target.instanceTypes) {
      const instance = instanceOf(target.target, instanceType);
      const cores = target.cores ?? instance!.vcpu;
      for (const { entry, name, combination } of named) {
        const { runtime } = experiment.runtimes[entry]!;
        const parameters = resolve(combination, cores, instance?.accelerator?.neuronCores);
        const cell: Cell = {
          ...target,
          instanceType,
          instance,
          cores,
          localCores: facts.localCores,
          runtime,
          parameters,
          model,
          inProcess: experiment.load.inProcess === true,
        };
        const exclusion = exclusionOf(cell);
        if (exclusion) {
          byTarget.object(targetIndex, exclusion.rule, exclusion.fix);
          byRuntime.object(entry, exclusion.rule, exclusion.fix);
          skipped.push({
            configuration: name,
            target: target.target,
            instanceType,
            code: 'incompatible',
            ...exclusion,
          });
          continue;
        }
        byTarget.allow(targetIndex);
        byRuntime.allow(entry);
        const id = `${name}@${target.target}/${instanceType}`;
        configurations.push({
          configuration: { id, name, target: target.target, instanceType, runtime, parameters },
          target,
        });
      }
    }
  });
  return { configurations, skipped, issues: hopelessIssues(experiment, byTarget, byRuntime) };
}

/** A target that nothing fits makes its runtimes look hopeless as well, so that is only said when every target has a cell. */
function hopelessIssues(experiment: Experiment, byTarget: Objections, byRuntime: Objections): Issue[] {
  const targets = byTarget.hopeless().map(([i, why]) => {
    const { target } = experiment.targets[i]!;
    return issue(['targets', i, target], `no configuration can run on this ${target} target: ${why}`);
  });
  if (targets.length > 0) return targets;
  return byRuntime.hopeless().map(([i, why]) => {
    const { runtime } = experiment.runtimes[i]!;
    return issue(['runtimes', i, runtime], `no target can run this ${runtime} entry: ${why}`);
  });
}
