/** Opens the sockets of the load engine: plain ones read into one shared buffer, TLS ones get what was decrypted. */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { nowMs } from './monotonic.ts';
import type { Origin } from './origin.ts';

/** All plain sockets of the process read into this: a read is consumed before the next one begins. */
const shared = Buffer.allocUnsafeSlow(65_536);

export interface SocketEvents {
  /** The other side's kernel has answered, so many milliseconds after it was asked: names were looked up before. */
  connected(handshakeMs: number): void;
  /** Ready to be written to: connected, and with TLS also agreed on. */
  ready(): void;
  /** `buffer[0, size)` is only valid during the call. */
  received(buffer: Buffer, size: number): void;
  /** `clean` when the other side ended in order. Called once or twice; the first call counts. */
  ended(clean: boolean): void;
}

/** Certificates are checked against Node's own store and NODE_EXTRA_CA_CERTS; a refused one is a failed connection. */
export function openSocket({ tls, hostname, port }: Origin, events: SocketEvents): Socket {
  const socket = tls ? openTls(hostname, port, events) : openPlain(hostname, port, events);
  let askedMs = nowMs();
  // Of several addresses only the last that was tried is the one that answered.
  socket.on('connectionAttempt', () => {
    askedMs = nowMs();
  });
  socket.on('connect', () => events.connected(nowMs() - askedMs));
  socket.on(tls ? 'secureConnect' : 'connect', events.ready);
  socket.on('end', () => events.ended(true));
  // 'close' follows and does the work.
  socket.on('error', () => {});
  socket.on('close', () => events.ended(false));
  return socket;
}

function openPlain(host: string, port: number, { received }: SocketEvents): Socket {
  const callback = (size: number, buffer: Uint8Array) => {
    received(buffer as Buffer, size);
    return true;
  };
  return connect({ host, port, noDelay: true, onread: { buffer: shared, callback } });
}

function openTls(host: string, port: number, { received }: SocketEvents): Socket {
  // A name for the certificate is a name: RFC 6066 §3 forbids addresses.
  const servername = isIP(host) === 0 ? { servername: host } : {};
  const socket = connectTls({ host, port, ALPNProtocols: ['http/1.1'], ...servername });
  socket.setNoDelay(true);
  return socket.on('data', (data: Buffer) => received(data, data.length));
}
