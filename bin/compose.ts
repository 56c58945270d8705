/** The one place where ports meet their implementations, for a run on this machine. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, hostname, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Kit, Run } from '../lib/cli/kit.ts';
import { localCoresOf } from '../lib/core/catalog/instance.ts';
import type { Plan, PlannedDeployment, SkippedRow } from '../lib/core/plan/plan.ts';
import { resourceName } from '../lib/engine/workflow/names.ts';
import { allowedCores, type CoreSplit, pinSelf, splitCores } from '../lib/local/cores.ts';
import { FileRecords } from '../lib/local/file-records.ts';
import { FileStore } from '../lib/local/file-store.ts';
import { openRunJournal } from '../lib/local/journal/run-journal.ts';
import { LoadProcess } from '../lib/local/load-process.ts';
import { LocalPreparer } from '../lib/local/local-preparer.ts';
import { LocalTarget } from '../lib/local/local-target.ts';
import { createRunFolder, findRunFolder, listRunFolders, lockRun } from '../lib/local/run-folder.ts';

/** Root of the package: this file runs from `dist/bin`. */
const root = fileURLToPath(new URL('../../', import.meta.url));
const loadEntry = join(root, 'dist', 'lib', 'load', 'main.js');
const server = join(root, 'containers', 'server');

const wait = (seconds: number) => new Promise<void>((resolvePromise) => setTimeout(resolvePromise, seconds * 1000));

/** Environments and converted models outlive a run and a checkout. */
function cacheFolder(): string {
  return (
    process.env['INFERSWEEP_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'infersweep')
  );
}

/** By the deployment that serves on most cores. */
function coresOf(plan: Plan): CoreSplit {
  const allowed = allowedCores();
  const most = Math.max(1, ...plan.deployments.map((d) => localCoresOf(d.configuration.instanceType) ?? 1));
  return splitCores(allowed, Math.min(most, Math.max(1, allowed.length - 1)));
}

function openFolder({ id, folder }: { id: string; folder: string }): Run {
  return {
    id,
    folder,
    store: new FileStore(folder),
    records: new FileRecords(join(folder, 'measurements.jsonl')),
    lock: () => lockRun(folder),
  };
}

/** A target that nothing here implements: planned and priced, not run. */
function notHere({ configuration: c }: PlannedDeployment): SkippedRow {
  const fix = `runs from this machine use target local alone: plan shows what target ${c.target} would do and cost`;
  const { name: configuration, target, instanceType } = c;
  return { configuration, target, instanceType, code: 'not-offered', rule: null, fix };
}

/** Folder that relative model sources of a run start from. */
function baseOf(run: Run): string {
  try {
    const lock = JSON.parse(readFileSync(join(run.folder, 'lock.json'), 'utf8')) as { experimentFile: string };
    return dirname(lock.experimentFile);
  } catch {
    return process.cwd();
  }
}

export function compose(version: string): Kit {
  const runsFolder = resolve('.infersweep', 'runs');
  return {
    runsFolder,
    now: () => new Date(),
    wait,
    plan: async (file) => {
      const { loadExperiment } = await import('../lib/files/load-experiment.ts');
      return loadExperiment(file, { kitVersion: version, localCores: allowedCores().length });
    },
    createRun: (name) => openFolder(createRunFolder(runsFolder, name, new Date())),
    listRuns: () => listRunFolders(runsFolder),
    openRun: (reference) => {
      const found = findRunFolder(runsFolder, reference);
      return found === null ? null : openFolder(found);
    },
    openPublished: async (reference) => {
      const { loadPublished } = await import('../lib/files/load-published.ts');
      return loadPublished(reference);
    },
    ports: (run, plan, { progress, stop }) => {
      const preparer = new LocalPreparer({
        cache: cacheFolder(),
        base: baseOf(run),
        locks: join(server, 'environments'),
        scripts: join(root, 'containers', 'prepare'),
      });
      return {
        runId: run.id,
        targets: { local: new LocalTarget({ folder: join(run.folder, 'deployments'), server, preparer }) },
        generator: new LoadProcess({
          entry: loadEntry,
          folder: join(run.folder, 'generators'),
          store: run.store,
          cores: coresOf(plan).client,
          nameOf: resourceName,
        }),
        preparer,
        store: run.store,
        records: run.records,
        clock: { nowMs: () => Date.now(), nowIso: () => new Date().toISOString() },
        progress,
        stop,
        versions: { infersweep: version, node: process.versions.node, host: hostname() },
      };
    },
    preflight: async (ports, plan) => {
      const unserved = plan.deployments.filter((d) => ports.targets[d.configuration.target] === undefined);
      if (unserved.length > 0) return unserved.map(notHere);
      const answers = Object.entries(ports.targets).map(([name, target]) =>
        target.preflight(plan.deployments.filter((d) => d.configuration.target === name)),
      );
      return (await Promise.all(answers)).flat();
    },
    carrier: (run, registry) => {
      const journal = openRunJournal(join(run.folder, 'journal.jsonl'), run.id, registry);
      return { continued: journal.continued, cutBytes: journal.cutBytes, carry: journal.run, close: journal.close };
    },
    generator: () => {
      const folder = mkdtempSync(join(tmpdir(), 'infersweep-load-'));
      const store = new FileStore(folder);
      const cores = splitCores(allowedCores(), 1).client;
      const generator = new LoadProcess({ entry: loadEntry, folder, store, cores, nameOf: resourceName });
      return { generator, store, dispose: () => rmSync(folder, { recursive: true, force: true }) };
    },
    settle: (plan) => pinSelf(coresOf(plan).others),
    report: async (input) => {
      const { renderReport } = await import('../lib/files/report-html.ts');
      return renderReport(input);
    },
    doctor: async () => {
      const { examineMachine } = await import('../lib/local/doctor.ts');
      return examineMachine(cacheFolder());
    },
  };
}
