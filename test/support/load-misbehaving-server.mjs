/**
 * A server that misbehaves in one named way: `node load-misbehaving-server.mjs '{"mode": "silent"}'`. Prints its port, ends
 * with its stdin.
 */
import { createServer } from 'node:net';

const { mode, after = 0, answer = '{"outputs":[]}' } = JSON.parse(process.argv[2] ?? '{}');
const ok = (extra = '') => `HTTP/1.1 200 OK\r\nContent-Length: ${answer.length}\r\n${extra}\r\n${answer}`;
const status = (line) => `HTTP/1.1 ${line}\r\nContent-Length: 0\r\n\r\n`;
let requests = 0;

/** What one complete request gets, given how many this socket has had before. */
const modes = {
  good: (socket) => socket.write(ok()),
  'status-500': (socket) => socket.write(status('500 Internal Server Error')),
  'status-404': (socket) => socket.write(status('404 Not Found')),
  'status-429': (socket) => socket.write(status('429 Too Many Requests')),
  /** As an AWS API refuses for the rate of requests, and for something else. */
  'aws-throttling': (socket) => socket.write(status('400 Bad Request\r\nx-amzn-ErrorType: ThrottlingException:http://a/')),
  'aws-validation': (socket) => socket.write(status('400 Bad Request\r\nx-amzn-ErrorType: ValidationException')),
  /** Says why, in two chunks, before good answers. */
  'explains-once': (socket) =>
    socket.write(
      requests > 1
        ? ok()
        : 'HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nno model \r\n3\r\n\x1bm1\r\n0\r\n\r\n',
    ),
  'explains-at-length': (socket) =>
    socket.write(`HTTP/1.1 500 Oops\r\nContent-Length: ${9 << 20}\r\n\r\nTraceback ${'x'.repeat((9 << 20) - 10)}`),
  redirect: (socket) => socket.write(status('302 Found')),
  garbage: (socket) => socket.write('I am not HTTP at all'),
  silent: () => {},
  'close-after-each': (socket) => socket.end(ok('Connection: close\r\n')),
  /** Says keep-alive and closes after the answer all the same, as a server whose idle limit is tiny. */
  'close-silently': (socket) => socket.write(ok(), () => setTimeout(() => socket.destroy(), 1)),
  /** Closes a reused socket at the very moment its next request arrives. */
  'close-reused': (socket, served) => (served > 0 ? socket.destroy() : socket.write(ok())),
  'reset-mid-answer': (socket) =>
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', () => setTimeout(() => socket.resetAndDestroy(), 2)),
  'reset-at-once': (socket) => socket.resetAndDestroy(),
  'dies-after': (socket) => (requests > after ? process.exit(1) : socket.write(ok())),
  /** One failure in ten, the rest good. */
  'tenth-500': (socket) => socket.write(requests % 10 === 0 ? status('500 Internal Server Error') : ok()),
};

const server = createServer({ noDelay: true }, (socket) => {
  let text = '';
  let served = 0;
  socket.setEncoding('latin1');
  socket.on('error', () => {});
  socket.on('data', (piece) => {
    text += piece;
    const end = text.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
    if (text.length < end + 4 + length) return;
    text = text.slice(end + 4 + length);
    requests++;
    modes[mode](socket, served++);
  });
});

process.stdin.on('end', () => process.exit(0)).resume();
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
