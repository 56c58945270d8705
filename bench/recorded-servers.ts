/** Servers of different behaviour whose windows and pairs of windows are recorded. */
import { type RunningServer, startKitServer, startScript } from './kit-server.ts';

export interface RecordedServer {
  what: string;
  users: number;
  start: () => Promise<RunningServer>;
}

const kit = (config: Record<string, unknown>) => () => startKitServer(config);
const emulated = (parameters: Record<string, number>) => kit({ adapter: 'emulated', parameters });

const servers: readonly RecordedServer[] = [
  { what: 'a pure Python model, one request at a time', users: 4, start: kit({ adapter: 'reference' }) },
  {
    what: 'a model that takes 8 ms, give or take a fifth, one request at a time',
    users: 4,
    start: emulated({ fixedMs: 8, perItemMs: 0, jitter: 0.2 }),
  },
  {
    what: 'batches of at most 8, 5 ms and 1 ms for each item',
    users: 8,
    start: kit({
      adapter: 'emulated',
      parameters: { fixedMs: 5, perItemMs: 1 },
      batching: { maxBatchSize: 8, maxQueueDelayMs: 2 },
    }),
  },
  { what: 'a pure Python model with a queue of sixty', users: 64, start: kit({ adapter: 'reference' }) },
  {
    what: 'a model that takes 40 ms, give or take a half, one request at a time',
    users: 2,
    start: emulated({ fixedMs: 40, perItemMs: 0, jitter: 0.5 }),
  },
  {
    what: 'a model that takes 20 ms, one request at a time',
    users: 4,
    start: emulated({ fixedMs: 20, perItemMs: 0 }),
  },
  { what: 'no model at all, in Node', users: 16, start: () => startScript('target.js') },
  {
    what: 'answers of 4,000 chunks, which cost the client more than the server',
    users: 8,
    start: () => startScript('chunked-target.js'),
  },
];

export function option(name: string, fallback: number): number {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
}

/** All of them, or the one of `--server N`. */
export function askedServers(): readonly RecordedServer[] {
  const asked = option('server', -1);
  return asked < 0 ? servers : servers.slice(asked, asked + 1);
}
