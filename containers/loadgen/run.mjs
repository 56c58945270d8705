/**
 * The load engine as a container's process: `run.mjs JOB.json RESULT.json PROGRESS.json`. The engine ends when its standard
 * input does, for that is how it learns that its controller died; a container has none, so it gets a pipe that lives as long as
 * this process. SIGTERM is passed on: the engine then writes what it has measured.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const engine = fileURLToPath(new URL('./main.js', import.meta.url));
const child = spawn(process.execPath, [engine, ...process.argv.slice(2)], { stdio: ['pipe', 'inherit', 'inherit'] });
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
