/**
 * A server that writes down when each request arrived and when its answer was complete, on CLOCK_MONOTONIC: the truth against
 * which the load engine is checked. Raw sockets, so that little lies between a stamp and the wire.
 *
 *   node load-stamp-server.mjs '{"holdMs": 10, "stopMs": 300, "stopEveryMs": 2000}'
 *
 * Holds any number of requests at once, or as many as it has `slots`; the others wait, first come, first served. A slot is free
 * again when its time is over and not when the timer got round to it, so that a load of 0.8 is one.
 *
 * Prints its port; `GET /log` returns the stamps and forgets them. Ends with its stdin.
 */
import { createServer } from 'node:net';

const { holdMs = 0, slots = 0, stopMs = 0, stopEveryMs = 0, answer = '{"outputs":[]}' } = JSON.parse(process.argv[2] ?? '{}');
const nowMs = () => Number(process.hrtime.bigint()) / 1e6;
const reply = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${answer.length}\r\n\r\n${answer}`,
);
let stamps = [];
const freeAtMs = new Array(slots).fill(0);

/** How long a request that comes at `arrivalMs` is here, and takes its slot. */
function stayMs(arrivalMs) {
  if (slots === 0) return holdMs;
  const first = freeAtMs.indexOf(Math.min(...freeAtMs));
  freeAtMs[first] = Math.max(arrivalMs, freeAtMs[first]) + holdMs;
  return freeAtMs[first] - arrivalMs;
}

function takeLog() {
  const body = JSON.stringify({ stamps });
  stamps = [];
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
}

function serve(socket, head) {
  if (head.startsWith('GET /log ')) {
    socket.end(takeLog());
    return;
  }
  const at = head.indexOf('x-infersweep-request: ');
  const stamp = { id: head.slice(at + 22, at + 34), arrivalMs: nowMs(), doneMs: 0 };
  const finish = () => {
    stamp.doneMs = nowMs();
    stamps.push(stamp);
    socket.write(reply);
  };
  if (holdMs > 0) setTimeout(finish, stayMs(stamp.arrivalMs));
  else finish();
}

const server = createServer({ noDelay: true }, (socket) => {
  let text = '';
  socket.setEncoding('latin1');
  socket.on('error', () => {});
  socket.on('data', (piece) => {
    text += piece;
    for (;;) {
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
      if (text.length < end + 4 + length) return;
      const head = text.slice(0, end + 2);
      text = text.slice(end + 4 + length);
      serve(socket, head);
    }
  });
});

// A full stop, as of a garbage collection or a paused machine: nothing is read and nothing is answered. The
// first one comes after half the time.
if (stopMs > 0) {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const stop = () => Atomics.wait(cell, 0, 0, stopMs);
  setTimeout(() => {
    setInterval(stop, stopEveryMs);
    stop();
  }, stopEveryMs / 2);
}

process.stdin.on('end', () => process.exit(0)).resume();
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
