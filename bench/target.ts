/** A server that costs as little as Node allows: reads requests of one known size, answers each with the same bytes. */
import { createServer } from 'node:net';
import { SMALL_ANSWER } from './small-answer.ts';

const BODY = Buffer.from(SMALL_ANSWER);
const ANSWER = Buffer.concat([
  Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n`),
  BODY,
]);
const END_OF_HEAD = Buffer.from('\r\n\r\n');
const LENGTH = /content-length: *(\d+)/i;

const server = createServer({ noDelay: true }, (socket) => {
  /** Length of one request, known after the first: every client sends the same one again and again. */
  let size = 0;
  let got = 0;
  socket.on('data', (data) => {
    if (size === 0) {
      const head = data.indexOf(END_OF_HEAD);
      const length = LENGTH.exec(data.toString('latin1', 0, head));
      size = head + 4 + (length === null ? 0 : Number(length[1]));
    }
    got += data.length;
    for (; got >= size; got -= size) socket.write(ANSWER);
  });
  socket.on('error', () => undefined);
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as { port: number }).port));
process.stdin.on('end', () => process.exit(0)).resume();
