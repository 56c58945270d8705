// A KServe server that misbehaves on request: node misbehaving-server.mjs MODE ANNOUNCE_FILE
import { renameSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';

const [mode, announce] = process.argv.slice(2);
process.stdin.on('end', () => process.exit(0)).resume();

const HOLD_MS =
  { good: 5, wrong: 5, 'wrong-under-load': 5, dies: 5, errors: 1, instant: 0, slow: 15, cached: 60, compiles: 25, limited: 20, far: 5 }[mode];
/** Each way through the proxy of the mode `far`. */
const WAY_MS = 12;
/** Of the mode `limited`: more than one user can get, far less than eight. */
const LIMIT_PER_SECOND = 70;
const BURST = 7;
/** Out of the cache: more than the client needs itself, or that would be the finding. */
const CACHED_MS = 4;
const FIRST_OF_SHAPE_MS = 150;
let served = 0;
const cache = new Map();
const shapes = new Set();
let tokens = BURST;
let filledMs = performance.now();

/** Calls `done` with the answer to one request body, when it is due. */
function answer(body, done) {
  served++;
  if (mode === 'cached' && cache.has(body)) return setTimeout(() => done(cache.get(body)), CACHED_MS);
  const after = (text, ms = HOLD_MS) => (ms === 0 ? done(text) : setTimeout(() => done(text), ms));
  if (mode === 'limited') {
    const nowMs = performance.now();
    tokens = Math.min(BURST, tokens + ((nowMs - filledMs) / 1000) * LIMIT_PER_SECOND);
    filledMs = nowMs;
    if (tokens < 1) return after(reply('429 Too Many Requests', '{"error":"rate limit"}'));
    tokens--;
  }
  if (mode === 'dies' && served > 300) process.exit(1);
  if (mode === 'errors' && served % 250 === 0) return after(reply('500 Internal Server Error', '{"error":"no"}'));
  const [{ data, shape }] = JSON.parse(body).inputs;
  const wrong = mode === 'wrong' || (mode === 'wrong-under-load' && served > 8);
  const text = reply('200 OK', `{"model_name":"model","outputs":[{"name":"y","datatype":"FP32","shape":[1,1],"data":[${data[0] + (wrong ? 1 : 0)}]}]}`);
  if (mode === 'cached') cache.set(body, text);
  const isNew = mode === 'compiles' && !shapes.has(String(shape));
  shapes.add(String(shape));
  after(text, isNew ? FIRST_OF_SHAPE_MS : HOLD_MS);
}

const reply = (status, body) => `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

/** As our own server has them; only the mode `far` tells. */
function stats() {
  const ns = { count: served, ns: served * HOLD_MS * 1e6 };
  const none = { count: served, ns: 0 };
  const inference_stats = { success: ns, queue: none, compute_input: none, compute_infer: ns, compute_output: none };
  const process_ = { cpu_seconds: process.cpuUsage().user / 1e6, rss_mib: 50, pid: process.pid };
  return JSON.stringify({ model_stats: [{ inference_count: served, execution_count: served, inference_stats }], process: process_ });
}

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
      if (!line.startsWith('GET')) answer(body, (all) => socket.write(all));
      else if (!line.includes('/stats')) socket.write(reply('200 OK', '{}'));
      else socket.write(mode === 'far' ? reply('200 OK', stats()) : reply('404 Not Found', '{}'));
    }
  });
});

/** As a tunnel to another region: its near end takes connections at once, and everything is under way for a while. */
const tunnel = createServer({ noDelay: true }, (near) => {
  const far = connect({ port: server.address().port, host: '127.0.0.1', noDelay: true });
  for (const [from, to] of [[near, far], [far, near]]) {
    from.on('error', () => undefined);
    from.on('data', (data) => setTimeout(() => to.writable && to.write(data), WAY_MS));
    from.on('close', () => setTimeout(() => to.destroy(), WAY_MS));
  }
});

server.listen(0, '127.0.0.1', () => {
  const front = mode === 'far' ? tunnel : null;
  const announced = (port) => {
    writeFileSync(`${announce}.tmp`, JSON.stringify({ port }));
    renameSync(`${announce}.tmp`, announce);
  };
  if (front === null) announced(server.address().port);
  else front.listen(0, '127.0.0.1', () => announced(front.address().port));
});
