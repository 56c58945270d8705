// A KServe server that misbehaves on request: node misbehaving-server.mjs MODE ANNOUNCE_FILE
import { renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';

const [mode, announce] = process.argv.slice(2);
process.stdin.on('end', () => process.exit(0)).resume();

const HOLD_MS = { good: 5, wrong: 5, 'wrong-under-load': 5, dies: 5, errors: 1, instant: 0 }[mode];
let served = 0;

function answer(body) {
  served++;
  if (mode === 'dies' && served > 300) process.exit(1);
  if (mode === 'errors' && served % 250 === 0) return reply('500 Internal Server Error', '{"error":"no"}');
  const x = JSON.parse(body).inputs[0].data[0];
  const wrong = mode === 'wrong' || (mode === 'wrong-under-load' && served > 2);
  return reply('200 OK', `{"model_name":"model","outputs":[{"name":"y","datatype":"FP32","shape":[1,1],"data":[${x + (wrong ? 1 : 0)}]}]}`);
}

const reply = (status, body) => `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

const server = createServer({ noDelay: true }, (socket) => {
  let text = '';
  socket.on('error', () => undefined);
  socket.on('data', (data) => {
    text += data.toString('latin1');
    for (;;) {
      const head = text.indexOf('\r\n\r\n');
      if (head === -1) return;
      const length = Number(/content-length: *(\d+)/i.exec(text.slice(0, head))?.[1] ?? 0);
      if (text.length < head + 4 + length) return;
      const line = text.slice(0, text.indexOf('\r\n'));
      const body = text.slice(head + 4, head + 4 + length);
      text = text.slice(head + 4 + length);
      if (line.startsWith('GET')) socket.write(line.includes('/stats') ? reply('404 Not Found', '{}') : reply('200 OK', '{}'));
      else if (HOLD_MS === 0) socket.write(answer(body));
      else setTimeout(() => socket.write(answer(body)), HOLD_MS);
    }
  });
});
server.listen(0, '127.0.0.1', () => {
  writeFileSync(`${announce}.tmp`, JSON.stringify({ port: server.address().port }));
  renameSync(`${announce}.tmp`, announce);
});
