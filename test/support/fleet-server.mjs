/**
 * One instance of a local fleet: `slots` requests sleep at once, each for a time drawn evenly from 0.5 to 1.5 of `serviceMs`;
 * others wait in a bounded queue. Prints its port, ends with its stdin.
 *
 *   node fleet-server.mjs '{"serviceMs": 80, "slots": 2, "queueBound": 100}'
 */
import { createServer } from 'node:http';

const { serviceMs, slots, queueBound } = JSON.parse(process.argv[2]);
const waiting = [];
let busy = 0;
// Timers fire late: what all sleeps together took too long is taken off the next one, and off no other.
let debtMs = 0;

function begin(response) {
  busy++;
  const wantedMs = serviceMs * (0.5 + Math.random());
  const sleepMs = Math.max(1, Math.round(wantedMs - debtMs));
  debtMs += sleepMs - wantedMs;
  const from = performance.now();
  setTimeout(() => {
    debtMs = Math.min(serviceMs, debtMs + performance.now() - from - sleepMs);
    busy--;
    response.end('ok');
    if (waiting.length > 0) begin(waiting.shift());
  }, sleepMs);
}

const server = createServer((request, response) => {
  request.resume();
  if (busy < slots) begin(response);
  else if (waiting.length < queueBound) waiting.push(response);
  else response.writeHead(503).end();
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
process.stdin.resume().on('end', () => process.exit(0));
