/** The size of a matrix by arithmetic: nothing is expanded before it is known to be small enough. */
import type { Experiment } from '../spec/experiment.ts';
import { type Issue, issue } from '../spec/issue.ts';

/** Each cell is at least one deployment: beyond this nobody waits for the result. */
export const MAX_CELLS = 10_000;
/** Bounds the plan document itself. */
export const MAX_TRIALS = 100_000;

export interface CellCount {
  /** May be Infinity. */
  cells: number;
  /** The list whose shortening helps most. */
  largestAxis: { path: (string | number)[]; size: number };
}

/** Configurations × instance types, compatible or not. */
export function countCells(experiment: Experiment): CellCount {
  let largestAxis: CellCount['largestAxis'] = { path: ['runtimes'], size: experiment.runtimes.length };
  const consider = (path: (string | number)[], size: number) => {
    if (size > largestAxis.size) largestAxis = { path, size };
  };
  let configurations = 0;
  experiment.runtimes.forEach(({ runtime, axes }, i) => {
    configurations += axes.reduce((product, { values }) => product * values.length, 1);
    for (const { parameter, values } of axes) consider(['runtimes', i, runtime, parameter], values.length);
  });
  let instanceTypes = 0;
  experiment.targets.forEach((target, i) => {
    instanceTypes += target.instanceTypes.length;
    consider(['targets', i, target.target], target.instanceTypes.length);
  });
  return { cells: configurations * instanceTypes, largestAxis };
}

const grouped = (n: number) => (Number.isFinite(n) ? n.toLocaleString('en-US') : 'more than can be counted');

/** What is wrong with the size of an experiment; empty when it can be expanded. */
export function sizeIssues(experiment: Experiment): Issue[] {
  const { cells, largestAxis } = countCells(experiment);
  if (!(cells <= MAX_CELLS)) {
    const axis = `${largestAxis.size} values stand here`;
    return [
      issue(largestAxis.path, `the matrix has ${grouped(cells)} cells and the limit is ${grouped(MAX_CELLS)}: ${axis}`),
    ];
  }
  const trials = cells * experiment.load.repeats * (experiment.load.confirmation ? 2 : 1);
  return trials > MAX_TRIALS
    ? [issue(['repeats'], `the plan would have ${grouped(trials)} trials and the limit is ${grouped(MAX_TRIALS)}`)]
    : [];
}
