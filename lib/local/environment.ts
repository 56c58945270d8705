/** Python environments for the server's runtimes: made by the kit from a hash-pinned lock, cached by content. */
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findPython } from './python.ts';

const run = promisify(execFile);

export interface Environment {
  python: string;
  /** Set when packages lie beside the interpreter's own (the `pip --target` fallback). */
  pythonPath: string | null;
  cached: boolean;
  seconds: number;
}

/** Where a locked environment lies, whether or not it exists yet. */
function folderOf(cache: string, name: string, lock: string, pythonVersion: string): string {
  const identity = createHash('sha256').update([lock, pythonVersion, platform(), arch()].join('\n')).digest('hex');
  return join(cache, 'environments', `${name}-${identity.slice(0, 16)}`);
}

/** Ways to install, best first; each leaves an interpreter (or a package folder) inside `folder`. */
const installers: {
  name: string;
  available(python: string): Promise<boolean>;
  commands(python: string, folder: string, lockFile: string): string[][];
  result(python: string, folder: string): { python: string; pythonPath: string | null };
}[] = [
  {
    name: 'uv',
    available: () => succeeds('uv', ['--version']),
    commands: (python, folder, lockFile) => [
      ['uv', 'venv', '--quiet', '--python', python, folder],
      [
        'uv',
        'pip',
        'install',
        '--python',
        join(folder, 'bin', 'python'),
        '--no-deps',
        '--require-hashes',
        '-r',
        lockFile,
      ],
    ],
    result: (_python, folder) => ({ python: join(folder, 'bin', 'python'), pythonPath: null }),
  },
  {
    name: 'venv',
    available: (python) => succeeds(python, ['-c', 'import venv, ensurepip']),
    commands: (python, folder, lockFile) => [
      [python, '-m', 'venv', folder],
      [join(folder, 'bin', 'python'), ...pipInstall(lockFile)],
    ],
    result: (_python, folder) => ({ python: join(folder, 'bin', 'python'), pythonPath: null }),
  },
  {
    name: 'pip --target',
    available: (python) => succeeds(python, ['-m', 'pip', '--version']),
    commands: (python, folder, lockFile) => [[python, ...pipInstall(lockFile), '--target', join(folder, 'packages')]],
    result: (python, folder) => ({ python, pythonPath: join(folder, 'packages') }),
  },
];

function pipInstall(lockFile: string): string[] {
  return [
    '-m',
    'pip',
    'install',
    '--disable-pip-version-check',
    '--no-deps',
    '--require-hashes',
    '--only-binary',
    ':all:',
    '-r',
    lockFile,
  ];
}

async function succeeds(command: string, args: string[]): Promise<boolean> {
  return run(command, args, { timeout: 20_000 }).then(
    () => true,
    () => false,
  );
}

/**
 * The environment of a lock file, made on first use. `onProgress` gets one line at a time.
 * @throws Error with the installer's last words and the next command.
 */
export async function ensureEnvironment(
  o: { cache: string; name: string; lockFile: string },
  onProgress: (message: string) => void,
): Promise<Environment> {
  const started = performance.now();
  const python = await findPython();
  const lock = readFileSync(o.lockFile, 'utf8');
  const folder = folderOf(o.cache, o.name, lock, python.version);
  const marker = join(folder, 'infersweep.json');
  if (existsSync(marker)) {
    const { interpreter, pythonPath } = JSON.parse(readFileSync(marker, 'utf8'));
    onProgress(`environment ${o.name}: cached`);
    return { python: interpreter, pythonPath, cached: true, seconds: (performance.now() - started) / 1000 };
  }
  mkdirSync(dirname(folder), { recursive: true });
  for (const installer of installers) {
    if (!(await installer.available(python.command))) continue;
    rmSync(folder, { recursive: true, force: true });
    onProgress(`environment ${o.name}: installing with ${installer.name} (first time only)`);
    for (const [command, ...args] of installer.commands(python.command, folder, o.lockFile)) {
      await tell(command!, args, (line) => onProgress(`environment ${o.name}: ${line}`));
    }
    const result = installer.result(python.command, folder);
    writeFileSync(`${marker}.tmp`, JSON.stringify({ interpreter: result.python, pythonPath: result.pythonPath }));
    renameSync(`${marker}.tmp`, marker);
    return { ...result, cached: false, seconds: (performance.now() - started) / 1000 };
  }
  throw new Error(
    `${python.command} has neither venv nor pip, and there is no uv; install one of them (Debian: apt-get install python3-venv) and try again`,
  );
}

/** Runs a command, passing on its lines. @throws Error with its last lines when it fails. */
async function tell(command: string, args: string[], onLine: (line: string) => void): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const last: string[] = [];
  const take = (data: Buffer) => {
    for (const line of data
      .toString()
      .split(/[\r\n]+/)
      .filter((l) => l.trim() !== '')) {
      last.push(line.trim());
      if (last.length > 5) last.shift();
      onLine(line.trim().slice(0, 120));
    }
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`${command} ${args.slice(0, 3).join(' ')} … ended with ${code}: ${last.join(' | ')}`);
}
