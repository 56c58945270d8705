/**
 * Loads a good server at 127.0.0.2 with the built kit and prints the segments: `node load-from-afar.mjs`, inside the network of
 * `far-network.py`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { runLoad } from '../../dist/lib/load/run-load.js';

const script = fileURLToPath(new URL('load-misbehaving-server.mjs', import.meta.url));
const server = spawn(process.execPath, [script, '{"mode":"good"}'], { stdio: ['pipe', 'pipe', 'inherit'] });
const [port] = await once(server.stdout, 'data');
const window = (id) => ({ id, endpoint: 'e', shape: { kind: 'closed', users: 2 }, seconds: 0.6, dropSeconds: 0 });
const { segments } = await runLoad({
  schema: 'infersweep.load-job.v1',
  id: 'afar',
  seed: 1,
  timeoutMs: 5000,
  maxConnections: 2,
  requestLog: false,
  endpoints: {
    e: {
      url: `http://127.0.0.2:${Number(port)}`,
      method: 'POST',
      path: '/',
      headers: {},
      bodies: [{ id: 'a', content: '{}', encoding: 'utf8', expected: null }],
      tolerance: { atol: 0, rtol: 0 },
      statsPath: null,
    },
  },
  segments: [window('1'), window('2')],
});
server.kill('SIGKILL');
process.stdout.write(JSON.stringify(segments));
