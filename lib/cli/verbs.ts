/** All verbs, in the order of the help. A verb's module is loaded only when it is the one that was typed. */
import type { Command } from 'commander';
import type { Kit } from './kit.ts';

export interface Verb {
  name: string;
  args: string;
  summary: string;
  load(): Promise<{ register(program: Command, kit: Kit, leave: (code: number) => void): void }>;
}

export const verbs: readonly Verb[] = [
  { name: 'init', args: '[folder]', summary: 'write a first experiment', load: () => import('./verb-init.ts') },
  { name: 'validate', args: '<experiment>', summary: 'check an experiment', load: () => import('./verb-validate.ts') },
  {
    name: 'plan',
    args: '<experiment>',
    summary: 'show what a run would do and cost',
    load: () => import('./verb-plan.ts'),
  },
  {
    name: 'prepare',
    args: '<experiment>',
    summary: 'make every artifact of an experiment, outside any trial',
    load: () => import('./verb-prepare.ts'),
  },
  {
    name: 'smoke',
    args: '<experiment>',
    summary: 'deploy one configuration, check its outputs, tear it down',
    load: () => import('./verb-smoke.ts'),
  },
  {
    name: 'run',
    args: '<experiment>',
    summary: 'measure every configuration, tear everything down, recommend',
    load: () => import('./verb-run.ts'),
  },
  {
    name: 'resume',
    args: '[run]',
    summary: 'continue a run; finished trials are not repeated',
    load: () => import('./verb-resume.ts'),
  },
  {
    name: 'status',
    args: '[run]',
    summary: 'say how far a run is and what of it is alive',
    load: () => import('./verb-status.ts'),
  },
  {
    name: 'watch',
    args: '[run]',
    summary: 'follow a run that AWS drives, to its end',
    load: () => import('./verb-watch.ts'),
  },
  {
    name: 'destroy',
    args: '[run]',
    summary: 'end whatever of a run is alive, and prove that it is gone',
    load: () => import('./verb-destroy.ts'),
  },
  {
    name: 'sweep-leaks',
    args: '',
    summary: 'find, and end, what outlived its time on AWS',
    load: () => import('./verb-sweep-leaks.ts'),
  },
  {
    name: 'recommend',
    args: '[run]',
    summary: 'say which configuration wins, and why each other one loses',
    load: () => import('./verb-recommend.ts'),
  },
  {
    name: 'report',
    args: '[run]',
    summary: 'write what a run found, as HTML, Markdown, CSV or JSON',
    load: () => import('./verb-report.ts'),
  },
  {
    name: 'compare',
    args: '<base> <head>',
    summary: 'put two runs side by side',
    load: () => import('./verb-compare.ts'),
  },
  {
    name: 'cost',
    args: '[folder]',
    summary: 'say what the synthesised stacks cost a month',
    load: () => import('./verb-cost.ts'),
  },
  {
    name: 'simulate',
    args: '[run]',
    summary: 'replay a demand against the winner, and find how it should scale',
    load: () => import('./verb-simulate.ts'),
  },
  {
    name: 'replay',
    args: '[run]',
    summary: 'run the same plan again, and say whether it came out the same',
    load: () => import('./verb-replay.ts'),
  },
  {
    name: 'promote',
    args: '[run]',
    summary: 'write a recommendation where `cdk deploy` reads it',
    load: () => import('./verb-promote.ts'),
  },
  {
    name: 'verify',
    args: '[file]',
    summary: 'step the load of what is deployed, and see whether it keeps its promise',
    load: () => import('./verb-verify.ts'),
  },
  { name: 'load', args: '<url>', summary: 'load one URL and say what came back', load: () => import('./verb-load.ts') },
  {
    name: 'doctor',
    args: '[experiment]',
    summary: 'say what this machine has and what is missing for a run',
    load: () => import('./verb-doctor.ts'),
  },
  {
    name: 'export',
    args: '<experiment> <folder>',
    summary: 'write the same measurements as jobs of Inference Recommender',
    load: () => import('./verb-export.ts'),
  },
  {
    name: 'import',
    args: '<job>',
    summary: 'read what Inference Recommender found, and compare it with a run',
    load: () => import('./verb-import.ts'),
  },
  {
    name: 'prices',
    args: 'refresh',
    summary: 'read the prices of a region into a dated file',
    load: () => import('./verb-prices.ts'),
  },
  {
    name: 'schema',
    args: '[name]',
    summary: 'print the JSON Schema of a document',
    load: () => import('./verb-schema.ts'),
  },
];
