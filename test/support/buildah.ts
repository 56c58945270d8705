/** Builds the images without a Docker engine: buildah in chroot isolation, upon a Debian that debootstrap makes once. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const containers = join(import.meta.dirname, '..', '..', 'containers');
const cache = join(process.env['INFERSWEEP_CACHE'] ?? join(homedir(), '.cache', 'infersweep'), 'images');

/** What the Python images expect of their base, and the libraries that a Node binary is linked with. */
const PACKAGES = ['ca-certificates', 'python3', 'python3-venv', 'libstdc++6'];
/** Settings of the host without which neither pip nor a certificate check works behind a proxy. */
const HOST_FILES = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pip.conf'];

/** Why images cannot be built on this machine; null when they can. */
export function whyNoImages(): string | null {
  if (process.platform !== 'linux') return 'images are built on Linux only';
  if (process.getuid?.() !== 0) return 'building in chroot isolation needs root';
  for (const [command, ...args] of [
    ['buildah', '--version'],
    ['debootstrap', '--version'],
    // Without mount namespaces chroot isolation cannot start a single command.
    ['unshare', '--mount', 'true'],
  ] as const) {
    try {
      execFileSync(command, args, { stdio: 'ignore', timeout: 20_000 });
    } catch {
      const fix = command === 'unshare' ? 'this machine allows no mount namespaces' : `apt-get install ${command}`;
      return `${command} does not work here: ${fix}`;
    }
  }
  return null;
}

export async function buildah(args: string[], timeoutSeconds = 60): Promise<string> {
  const { stdout } = await run('buildah', storage(args), { timeout: timeoutSeconds * 1000, maxBuffer: 1 << 26 });
  return stdout.trim();
}

/** Own storage, so that a test neither sees nor fills the machine's. */
function storage(args: string[], driver = storageDriver()): string[] {
  const own = ['--root', join(cache, driver), '--runroot', join(cache, `${driver}-run`), '--storage-driver', driver];
  return [...own, ...args];
}

let found: string | undefined;

/** Overlay copies nothing; where the file system below cannot carry it (inside another container), vfs copies everything. */
function storageDriver(): string {
  found ??= canMount('overlay') ? 'overlay' : 'vfs';
  return found;
}

function canMount(driver: string): boolean {
  const call = (...args: string[]) =>
    execFileSync('buildah', storage(args, driver), { stdio: ['ignore', 'pipe', 'ignore'], timeout: 30_000 });
  try {
    const container = call('from', 'scratch').toString().trim();
    call('mount', container);
    call('rm', container);
    return true;
  } catch {
    return false;
  }
}

/** Name of the base image, made on first use and kept in the cache. */
export async function baseImage(): Promise<string> {
  const suite = execFileSync('sh', ['-c', '. /etc/os-release && echo "$VERSION_CODENAME"']).toString().trim();
  const identity = createHash('sha256')
    .update([suite, process.version, ...PACKAGES].join(' '))
    .digest('hex');
  const name = `localhost/infersweep-base:${identity.slice(0, 12)}`;
  if ((await buildah(['images', '--quiet', '--filter', `reference=${name}`])) !== '') return name;
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'base-'));
  try {
    const root = join(folder, 'rootfs');
    const args = ['--variant=minbase', `--include=${PACKAGES.join(',')}`, suite, root, ...mirror(suite)];
    await run('debootstrap', args, { timeout: 500_000, maxBuffer: 1 << 26 });
    for (const file of HOST_FILES.filter(existsSync)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      cpSync(file, join(root, file), { dereference: true });
    }
    // Stands in for the Node image: the interpreter that runs this test.
    cpSync(process.execPath, join(root, 'usr/local/bin/node'), { dereference: true });
    execFileSync('tar', ['-C', root, '-cf', join(folder, 'rootfs.tar'), '.']);
    writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nADD rootfs.tar /\n');
    await buildah(['bud', '--isolation', 'chroot', '--tag', name, '--file', join(folder, 'Dockerfile'), folder], 300);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return name;
}

/** The mirror that this machine installs from; none where debootstrap must choose. */
function mirror(suite: string): string[] {
  try {
    const format = ['--format', '$(RELEASE) $(REPO_URI)', 'Created-By: Packages'];
    const targets = execFileSync('apt-get', ['indextargets', ...format], { timeout: 20_000 })
      .toString()
      .split('\n');
    return (
      targets
        .find((t) => t.startsWith(`${suite} `))
        ?.split(' ')
        .slice(1) ?? []
    );
  } catch {
    return [];
  }
}

export interface BuiltImage {
  image: string;
  seconds: number;
}

/** Builds `containers/images/<name>.Dockerfile` upon the base. Nothing is taken from an earlier build but the base. */
export async function buildImage(name: string, tag: string, args: Record<string, string> = {}): Promise<BuiltImage> {
  const base = await baseImage();
  const image = `localhost/infersweep-${tag}`;
  const settings = Object.entries({ BASE: base, ...args }).flatMap(([k, v]) => ['--build-arg', `${k}=${v}`]);
  const file = join(containers, 'images', `${name}.Dockerfile`);
  const started = performance.now();
  await buildah(['bud', '--isolation', 'chroot', ...settings, '--tag', image, '--file', file, containers], 500);
  // The image that had this tag before.
  await buildah(['rmi', '--prune']);
  return { image, seconds: (performance.now() - started) / 1000 };
}

export interface ImageConfig {
  User: string;
  Entrypoint: string[];
  Cmd?: string[];
  Env: string[];
}

export async function configOf(image: string): Promise<ImageConfig> {
  return JSON.parse(await buildah(['inspect', '--type', 'image', image])).OCIv1.config;
}

/** Starts what the image starts (buildah's `run` leaves the entrypoint to its caller), on the network of this machine. */
export async function startContainer(
  image: string,
  o: { args?: string[]; env?: Record<string, string>; volumes?: Record<string, string>; wrap?: string[] },
) {
  const container = await buildah(['from', image]);
  const { Entrypoint } = await configOf(image);
  const command = storage([
    'run',
    '--isolation',
    'chroot',
    ...Object.entries(o.env ?? {}).flatMap(([k, v]) => ['--env', `${k}=${v}`]),
    ...Object.entries(o.volumes ?? {}).flatMap(([host, inside]) => ['--volume', `${host}:${inside}`]),
    container,
    '--',
    ...(o.wrap ?? [...Entrypoint, ...(o.args ?? [])]),
  ]);
  const child = spawn('buildah', command, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (d) => {
      output.text += d;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const processes = () => descendants(child.pid!).filter(({ args }) => !args.startsWith('buildah'));
  return {
    output,
    ended,
    processes,
    /** A container gets its signals directly: buildah answers one by killing it. */
    signal: (name: NodeJS.Signals) => {
      for (const { pid } of processes()) process.kill(pid, name);
    },
    async remove() {
      for (const { pid } of processes()) process.kill(pid, 'SIGKILL');
      await ended;
      await buildah(['rm', container]);
    },
  };
}

/** The command that the server's contract suite starts an image by; it puts its own folder and configuration file in. */
export async function contractCommand(image: string): Promise<{ command: string; remove(): Promise<void> }> {
  const container = await buildah(['from', image]);
  const { Entrypoint } = await configOf(image);
  const flags = ['--isolation', 'chroot', '--user', 'root', '--volume', '{folder}:{folder}'];
  const run = storage([
    'run',
    ...flags,
    '--env',
    'INFERSWEEP_CONFIG={config}',
    container,
    '--',
    ...Entrypoint,
    'serve',
  ]);
  const remove = async () => {
    await buildah(['rm', container]);
  };
  const contained = join(import.meta.dirname, 'contained.mjs');
  return { command: [process.execPath, contained, 'buildah', ...run].join(' '), remove };
}

/** Processes below one, by parents: chroot isolation shares the process table. */
function descendants(root: number): { pid: number; uid: number; args: string }[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,uid=,args='])
    .toString()
    .split('\n')
    .flatMap((line) => {
      const [, pid, parent, uid, args] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return args === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), uid: Number(uid), args }];
    });
  const below = (of: number): typeof rows => rows.filter((r) => r.parent === of).flatMap((r) => [r, ...below(r.pid)]);
  return below(root);
}
