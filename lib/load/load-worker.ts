/** One thread of a generator: drives its share, meets the others before each segment, and has its requests signed for it. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Signature, Signer } from '../core/load/signer.ts';
import { LoadJobError } from './job-error.ts';
import { runShare } from './run-share.ts';
import type { FromWorker, ToWorker, WorkerOrder } from './worker-messages.ts';

const { job, share, canSign } = workerData as WorkerOrder;
const port = parentPort!;
const tell = (message: FromWorker) => port.postMessage(message);

const stop = new AbortController();
let go: ((startMs: number | null) => void) | null = null;
const signatures = new Map<number, { resolve(signature: Signature): void; reject(error: Error): void }>();

port.on('message', (message: ToWorker) => {
  if (message.kind === 'go') go?.(message.startMs);
  else if (message.kind === 'stop') {
    stop.abort();
    go?.(0);
  } else {
    const waiting = signatures.get(message.id);
    signatures.delete(message.id);
    if (message.signature !== null) waiting?.resolve(message.signature);
    else waiting?.reject(new Error(message.reason));
  }
});

let lastId = 0;
const signer: Signer = {
  sign: (request, scope, timeMs) =>
    new Promise((resolve, reject) => {
      const id = ++lastId;
      signatures.set(id, { resolve, reject });
      tell({ kind: 'sign', id, request, scope, timeMs });
    }),
};

try {
  const result = await runShare(job, {
    share,
    signal: stop.signal,
    signer: canSign ? signer : undefined,
    cpuScope: 'thread',
    onProgress: (progress) => tell({ kind: 'progress', progress }),
    meet: (position) =>
      new Promise((resolve) => {
        if (stop.signal.aborted) resolve(0);
        go = resolve;
        tell({ kind: 'ready', position });
      }),
  });
  tell({ kind: 'result', result });
} catch (error) {
  if (!(error instanceof LoadJobError)) throw error;
  tell({ kind: 'refused', reason: error.message });
}
