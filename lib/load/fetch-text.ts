/** One small document of the server under test, over a socket of its own. */
import { get as getPlain } from 'node:http';
import { get as getTls } from 'node:https';
import { nowMs } from './monotonic.ts';
import type { Origin } from './origin.ts';

const TIMEOUT_MS = 2000;
const MAX_BYTES = 4 << 20;

export interface Fetched {
  text: string;
  /** From the open socket to the head of the answer. */
  readMs: number;
}

/** Rejects unless it arrives whole, in time, with status 200. */
export function fetchText({ tls, hostname, port, host }: Origin, path: string): Promise<Fetched> {
  const get = tls ? getTls : getPlain;
  return new Promise((resolve, reject) => {
    let openMs = Number.NaN;
    const request = get({ hostname, port, path, agent: false, headers: { host } }, (response) => {
      const readMs = nowMs() - openMs;
      const pieces: Buffer[] = [];
      let bytes = 0;
      response.on('data', (piece: Buffer) => {
        bytes += piece.length;
        if (bytes > MAX_BYTES) request.destroy(new Error('the document is too long'));
        pieces.push(piece);
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve({ text: Buffer.concat(pieces).toString(), readMs });
        else reject(new Error(`status ${response.statusCode}`));
      });
    });
    request.on('socket', (socket) => {
      socket.on(tls ? 'secureConnect' : 'connect', () => {
        openMs = nowMs();
      });
    });
    // A whole-exchange limit: a socket timeout would let a server drip for ever.
    const timer = setTimeout(() => request.destroy(new Error('no document in time')), TIMEOUT_MS);
    request.on('close', () => clearTimeout(timer));
    request.on('error', reject);
  });
}
