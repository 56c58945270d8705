/** The one place where ports meet their implementations, for a run on this machine. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, hostname, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isCloud } from '../lib/cli/driver.ts';
import type { Kit, Run } from '../lib/cli/kit.ts';
import { localCoresOf } from '../lib/core/catalog/instance.ts';
import type { Plan } from '../lib/core/plan/plan.ts';
import { withoutSkipped } from '../lib/core/preflight/without-skipped.ts';
import { resourceName } from '../lib/engine/workflow/names.ts';
import { allowedCores, type CoreSplit, pinSelf, splitCores } from '../lib/local/cores.ts';
import { FileRecords } from '../lib/local/file-records.ts';
import { FileStore } from '../lib/local/file-store.ts';
import { hostFacts } from '../lib/local/host-facts.ts';
import { openRunJournal } from '../lib/local/journal/run-journal.ts';
import { LoadProcess } from '../lib/local/load-process.ts';
import { LocalPreparer } from '../lib/local/local-preparer.ts';
import { LocalTarget } from '../lib/local/local-target.ts';
import { createRunFolder, findRunFolder, listRunFolders, lockRun } from '../lib/local/run-folder.ts';
import { diesWithParent, unbilled } from '../lib/local/unbilled.ts';

/** Root of the package: this file runs from `dist/bin`. */
const root = fileURLToPath(new URL('../../', import.meta.url));
const loadEntry = join(root, 'dist', 'lib', 'load', 'main.js');
/** Signs what is to be signed: production is called from outside any run. */
const signingEntry = join(root, 'dist', 'bin', 'load-engine.js');
const server = join(root, 'containers', 'server');

const realWait = (seconds: number) => new Promise<void>((resolvePromise) => setTimeout(resolvePromise, seconds * 1000));

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
  };
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

function preparerOf(run: Run): LocalPreparer {
  return new LocalPreparer({
    cache: cacheFolder(),
    base: baseOf(run),
    locks: join(server, 'environments'),
    scripts: join(root, 'containers', 'prepare'),
  });
}

/** @param wait how every pause passes that is not one of the journal's own */
export function compose(version: string, wait: Kit['wait'] = realWait): Kit {
  // The SDK is loaded only for a run that needs it.
  let side: Promise<ReturnType<typeof import('./on-aws.ts')['onAws']>> | null = null;
  const cloudSide = () => {
    side ??= import('./on-aws.ts').then(({ onAws }) => onAws({ version, wait, preparer: preparerOf }));
    return side;
  };
  const runsFolder = resolve('.infersweep', 'runs');
  return {
    version,
    runsFolder,
    now: () => new Date(),
    wait,
    plan: async (file) => {
      const { loadExperiment } = await import('../lib/files/load-experiment.ts');
      const images = createHash('sha256')
        .update(readFileSync(join(root, 'containers', 'images.lock.json')))
        .digest('hex');
      const loaded = await loadExperiment(file, { kitVersion: version, localCores: allowedCores().length });
      return loaded.ok ? { ...loaded, lock: { ...loaded.lock, imagesLockSha256: images } } : loaded;
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
    take: async (run, plan) => {
      if (isCloud(plan)) return (await cloudSide()).take(run, plan);
      const lock = lockRun(run.folder);
      return lock === null ? null : { token: null, renew: async () => true, release: async () => lock.release() };
    },
    ports: async (run, plan, { progress, stop, taken }) => {
      if (isCloud(plan)) return (await cloudSide()).ports(run, plan, { progress, stop, taken });
      const preparer = preparerOf(run);
      return {
        runId: run.id,
        targets: { local: new LocalTarget({ folder: join(run.folder, 'deployments'), server, preparer }) },
        holders: [],
        ledger: unbilled,
        deadlines: diesWithParent,
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
    cloudCarrier: async (plan, wanted) => (await cloudSide()).cloudCarrier(plan, wanted),
    cloud: async (plan, carrier) => (await cloudSide()).cloud(plan, carrier),
    prepareHere: async (run, plan, say) => (await cloudSide()).prepareHere(run, plan, say),
    sweepLeaks: async (o) => (await cloudSide()).sweepLeaks(o),
    preflight: async (plan, ports) => {
      const { refusals, skipped } = isCloud(plan)
        ? await (await cloudSide()).examine(plan)
        : { refusals: [], skipped: [] };
      const left = withoutSkipped(plan, skipped);
      if (refusals.length > 0 || left.deployments.length === 0) return { refusals, skipped };
      const answers = Object.entries((await ports()).targets).map(([name, target]) =>
        target.preflight(left.deployments.filter((d) => d.configuration.target === name)),
      );
      return { refusals, skipped: [...skipped, ...(await Promise.all(answers)).flat()] };
    },
    carrier: (run, registry, pause) => {
      const journal = openRunJournal(join(run.folder, 'journal.jsonl'), run.id, registry, pause);
      return { continued: journal.continued, cutBytes: journal.cutBytes, carry: journal.run, close: journal.close };
    },
    generator: (workers = 1) => {
      const folder = mkdtempSync(join(tmpdir(), 'infersweep-load-'));
      const store = new FileStore(folder);
      // One thread leaves the rest to a server on this machine; who asks for several wants the cores.
      const cores = workers === 1 ? splitCores(allowedCores(), 1).client : allowedCores();
      const generator = new LoadProcess({ entry: signingEntry, folder, store, cores, nameOf: resourceName });
      return { generator, store, dispose: () => rmSync(folder, { recursive: true, force: true }) };
    },
    settle: (plan) => pinSelf(coresOf(plan).others),
    host: (plan) => (isCloud(plan) ? null : { ...hostFacts(allowedCores().length) }),
    report: async (input) => {
      const { renderReport } = await import('../lib/files/report-html.ts');
      return renderReport(input);
    },
    doctor: async () => {
      const { examineMachine } = await import('../lib/local/doctor.ts');
      return examineMachine(cacheFolder());
    },
    aws: async (region) => {
      const { awsAccess } = await import('../lib/aws/access.ts');
      return awsAccess({ region, now: () => new Date() });
    },
  };
}
