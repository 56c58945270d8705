import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeTo } from '../../lib/load/socket.ts';

let server: Server;
let client: Socket;
let other: Socket;

beforeEach(async () => {
  server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
  client.on('error', () => {});
  [other] = (await once(server, 'connection')) as [Socket];
  await once(client, 'connect').catch(() => undefined);
});
afterEach(() => {
  client.destroy();
  other.destroy();
  server.close();
});

/** Every byte tells its place. */
const numbered = (bytes: number) => Buffer.from(Uint8Array.from({ length: bytes }, (_, i) => (i * 7919) >> 3));

describe('writing to a socket', () => {
  it('leaves nothing waiting in this process where the kernel takes all', async () => {
    writeTo(client, Buffer.from('hello'));
    expect(client.writableLength).toBe(0);
    const [data] = await once(other, 'data');
    expect(String(data)).toBe('hello');
  });

  it('delivers in order what the kernel takes only in part, and what follows it', async () => {
    const large = numbered(16_000_000);
    other.pause();
    writeTo(client, large);
    expect(client.writableLength, 'a rest waits').toBeGreaterThan(0);
    expect(client.writableLength, 'a part was taken').toBeLessThan(large.length);
    writeTo(client, Buffer.from('the end'));
    client.end();
    const pieces: Buffer[] = [];
    for await (const piece of other) pieces.push(piece as Buffer);
    const got = Buffer.concat(pieces);
    expect(got.length).toBe(large.length + 7);
    expect(got.subarray(0, large.length).equals(large)).toBe(true);
    expect(got.subarray(large.length).toString()).toBe('the end');
  });

  it('ends the socket in the usual way where the other side is gone, and throws nothing', async () => {
    other.resetAndDestroy();
    const closed = new Promise((resolve) => client.once('close', resolve));
    const deadline = Date.now() + 5000;
    while (!client.destroyed && Date.now() < deadline) {
      writeTo(client, Buffer.from('more'));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await closed;
    expect(() => writeTo(client, Buffer.from('after the end'))).not.toThrow();
  });
});
