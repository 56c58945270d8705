/**
 * A server that is far cheaper than its client: one answer of many tiny chunks, built once and written in one piece, which the
 * client has to take apart byte by byte. It tells its own processor time, so that nobody can take it for the slow one.
 */
import { createServer } from 'node:net';

/** Of one byte each: about 24 KB to write, and as many turns of the client's parser. */
const CHUNKS = 4000;
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n';
const ANSWER = Buffer.from(`${HEAD}${'1\r\nx\r\n'.repeat(CHUNKS)}0\r\n\r\n`);

let answered = 0;

/** Triton's statistics of a model that takes no time, and this process. */
function statistics(): string {
  const { user, system } = process.cpuUsage();
  const none = { count: answered, ns: 0 };
  const stats = { success: none, queue: none, compute_input: none, compute_infer: none, compute_output: none };
  const model = { name: 'm', inference_count: answered, execution_count: answered, inference_stats: stats };
  const facts = { pid: process.pid, cpu_seconds: (user + system) / 1e6, rss_mib: 64 };
  const body = JSON.stringify({ model_stats: [model], process: facts });
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
}

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('data', (data) => {
    // A client of a closed loop sends one request at a time, and a small one arrives whole.
    if (data.subarray(0, 3).toString('latin1') === 'GET') socket.end(statistics());
    else {
      answered++;
      socket.write(ANSWER);
    }
  });
  socket.on('error', () => undefined);
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as { port: number }).port));
process.stdin.on('end', () => process.exit(0)).resume();
