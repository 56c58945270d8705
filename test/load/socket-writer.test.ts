/** Requests on a real socket: by its handle where Node has one, in order, and whole however slowly the other side reads. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SocketWriter } from '../../lib/load/socket-writer.ts';

const opened: { destroy(): void }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.destroy();
});

/** Both ends of a connection; the far one reads nothing until it is resumed. */
async function pair(): Promise<{ near: Socket; far: Socket }> {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(near, 'connect');
  const [far] = (await accepted) as [Socket];
  server.close();
  for (const socket of [near, far]) {
    socket.on('error', () => {});
    opened.push(socket);
  }
  return { near, far };
}

async function readAll(far: Socket, bytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of far) {
    pieces.push(piece);
    size += piece.length;
    if (size >= bytes) break;
  }
  return Buffer.concat(pieces);
}

/** More than the buffers of a connection on loopback hold. */
const LARGE = 32 << 20;
const filled = (size: number, first: number) =>
  Buffer.alloc(
    size,
    Uint8Array.from({ length: 61 }, (_, i) => first + i),
  );

describe('a writer of requests', () => {
  it('writes past the stream, piece after piece', async () => {
    const { near, far } = await pair();
    const throughStream = vi.spyOn(near, 'write');
    const writer = new SocketWriter(near);
    for (const text of ['one ', 'two ', 'three']) expect(writer.write(Buffer.from(text))).toBe(false);
    expect((await readAll(far, 13)).toString()).toBe('one two three');
    expect(throughStream).not.toHaveBeenCalled();
  });

  it('says while bytes are still needed, and keeps the order of whatever follows them', async () => {
    const { near, far } = await pair();
    const writer = new SocketWriter(near);
    const parts = [filled(LARGE, 1), filled(1000, 70), filled(LARGE, 3), filled(10, 140)];
    expect(writer.write(parts[0]!)).toBe(true);
    expect(writer.write(parts[1]!)).toBe(true);
    expect(writer.writeBoth(parts[2]!, parts[3]!)).toBe(true);
    expect(writer.write(parts[1]!)).toBe(true);
    const whole = Buffer.concat([...parts, parts[1]!]);
    expect((await readAll(far, whole.length)).equals(whole)).toBe(true);
    // What could not be written at once has taken its part; the next takes the short way again.
    expect(writer.write(Buffer.from('x'))).toBe(false);
  });

  it('of other sockets is not held up by one that is full', async () => {
    const [full, free] = [await pair(), await pair()];
    expect(new SocketWriter(full.near).write(filled(LARGE, 1))).toBe(true);
    const writer = new SocketWriter(free.near);
    for (let i = 0; i < 3; i++) expect(writer.write(Buffer.from('abc'))).toBe(false);
    expect((await readAll(free.far, 9)).toString()).toBe('abcabcabc');
    expect(new SocketWriter(full.near).write(Buffer.from('behind'))).toBe(true);
    const text = await readAll(full.far, LARGE + 6);
    expect(text.subarray(LARGE).toString()).toBe('behind');
  });

  it.each([
    ['before the write', 10],
    ['with bytes on their way', LARGE],
  ])('closes a socket that the other side has reset, %s', async (_, size) => {
    const { near, far } = await pair();
    const writer = new SocketWriter(near);
    const closed = new Promise((resolve) => near.once('close', resolve));
    if (size === LARGE) writer.write(filled(size, 1));
    far.resetAndDestroy();
    if (size !== LARGE) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      writer.write(filled(size, 1));
    }
    await closed;
    expect(writer.write(Buffer.from('too late'))).toBe(true);
  });

  it('closes a socket that the kernel takes nothing for', async () => {
    const { near } = await pair();
    const writer = new SocketWriter(near);
    const ENOBUFS = -105;
    Object.assign((near as unknown as { _handle: object })._handle, { writeBuffer: () => ENOBUFS });
    const closed = new Promise((resolve) => near.once('close', resolve));
    expect(writer.write(Buffer.from('refused'))).toBe(true);
    await closed;
  });

  it.each([
    [
      'is refused',
      () => {
        throw new Error('not allowed');
      },
    ],
    ['knows no such thing', () => ({})],
  ])('writes to the stream where what Node has inside %s', async (_, binding) => {
    const inside = process as unknown as { binding: unknown };
    const { binding: original } = inside;
    inside.binding = binding;
    vi.resetModules();
    const { SocketWriter: Other } = await import('../../lib/load/socket-writer.ts');
    inside.binding = original;
    const { near, far } = await pair();
    const throughStream = vi.spyOn(near, 'write');
    const writer = new Other(near);
    expect(writer.write(Buffer.from('one '))).toBe(false);
    expect(writer.write(filled(LARGE, 1))).toBe(true);
    expect(throughStream).toHaveBeenCalledTimes(2);
    expect((await readAll(far, LARGE + 4)).length).toBe(LARGE + 4);
  });
});
