/** `node contained.mjs buildah run …`: passes SIGTERM on to what runs in the container; buildah would answer it by killing. */
import { execFileSync, spawn } from 'node:child_process';

const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: 'inherit' });

/** Processes below buildah's own. */
function contained() {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,args='])
    .toString()
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []);
  const below = (pid) => rows.filter((r) => r[2] === String(pid)).flatMap((r) => [r, ...below(r[1])]);
  return below(child.pid).filter((r) => !r[3].startsWith('buildah'));
}

process.on('SIGTERM', () => {
  for (const [, pid] of contained()) process.kill(Number(pid), 'SIGTERM');
});
child.on('exit', (code) => process.exit(code ?? 1));
