/**
 * Writes requests to a socket. Node's stream keeps a queue, calls back and plans a tick for every write, though the kernel takes
 * a request of some kilobytes at once: a plain socket is written to as `net` itself does it underneath, by its handle. None of that
 * is documented (docs/decisions/0014), so where Node has it no more, requests go through the stream, as they do with TLS.
 */
import type { Socket } from 'node:net';

/** What `net` hands to a handle with each write, and is called by where the kernel did not take all of it at once. */
interface WriteRequest {
  oncomplete?: (status: number) => void;
  /** Kept alive until then. */
  buffer?: Uint8Array;
}

interface Handle {
  /** @returns 0, or an error of libuv's */
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number;
}

interface StreamInternals {
  WriteWrap: new () => WriteRequest;
  /** Of the last write of this thread, by the index beside it: 0 where the kernel took all of it. */
  streamBaseState: Int32Array;
  kLastWriteWasAsync: number;
}

const internals = streamInternals();
/** For every write until the kernel does not take one at once: only then is anything done to it. */
let unused = internals === null ? null : new internals.WriteWrap();

export class SocketWriter {
  private readonly socket: Socket;
  /** Null where the stream is written to. */
  private readonly handle: Handle | null;
  /** The stream had not written all when it was last looked at: nothing may go past it. */
  private behind = false;

  /** @param socket that is connected */
  constructor(socket: Socket) {
    this.socket = socket;
    this.handle = handleOf(socket);
  }

  /** @returns whether the kernel still has to read `bytes`, which must not change until it has */
  write(bytes: Buffer): boolean {
    const { handle, socket } = this;
    if (handle === null || (this.behind && socket.writableLength > 0)) {
      socket.write(bytes);
      return socket.writableLength > 0;
    }
    const { WriteWrap, streamBaseState, kLastWriteWasAsync } = internals!;
    const request = unused!;
    const failed = handle.writeBuffer(request, bytes) !== 0;
    if (!failed && streamBaseState[kLastWriteWasAsync] === 0) return false;
    unused = new WriteWrap();
    if (failed) socket.destroy();
    else {
      request.buffer = bytes;
      request.oncomplete = (status) => {
        if (status < 0) socket.destroy();
      };
    }
    return true;
  }

  /** Both at once, without a copy. */
  writeBoth(first: Buffer, rest: Buffer): boolean {
    const { socket } = this;
    socket.cork();
    socket.write(first);
    socket.write(rest);
    socket.uncork();
    this.behind = socket.writableLength > 0;
    return this.behind;
  }
}

function handleOf(socket: Socket): Handle | null {
  if (internals === null || 'encrypted' in socket) return null;
  const handle = (socket as Socket & { _handle?: Partial<Handle> | null })._handle;
  return typeof handle?.writeBuffer === 'function' ? (handle as Handle) : null;
}

function streamInternals(): StreamInternals | null {
  try {
    const { binding } = process as NodeJS.Process & { binding?: (name: string) => Partial<StreamInternals> };
    const found = binding?.call(process, 'stream_wrap');
    const { WriteWrap, streamBaseState, kLastWriteWasAsync } = found ?? {};
    const isKnown = typeof WriteWrap === 'function' && streamBaseState?.[kLastWriteWasAsync!] !== undefined;
    return isKnown ? (found as StreamInternals) : null;
  } catch {
    return null;
  }
}
