/** A path that carries few bytes: passes connections on to a port of loopback, all of them together at one rate either way. */
import { connect, createServer, type Socket } from 'node:net';

const BYTES_PER_SECOND = 500_000;
/** As a packet or two: what arrives is spread over the time that all of it takes. */
const PIECE_BYTES = 4096;

const port = Number(process.argv[2]);

class Direction {
  private freeAtMs = 0;

  /** Writes pieces of `data` as the path has room for them, then calls `done`. */
  carry(data: Buffer, to: Socket, done: () => void): void {
    const piece = data.subarray(0, PIECE_BYTES);
    if (piece.length === 0 || to.destroyed) {
      done();
      return;
    }
    this.freeAtMs = Math.max(performance.now(), this.freeAtMs) + (piece.length / BYTES_PER_SECOND) * 1000;
    setTimeout(() => {
      to.write(piece);
      this.carry(data.subarray(PIECE_BYTES), to, done);
    }, this.freeAtMs - performance.now());
  }
}

const there = new Direction();
const back = new Direction();

function pass(from: Socket, to: Socket, direction: Direction): void {
  // A socket tells of its end even while it is paused: what is still on its way must not be overtaken.
  let carrying = false;
  let ended = false;
  const end = () => {
    if (ended && !carrying) to.end();
  };
  from.on('data', (data: Buffer) => {
    carrying = true;
    from.pause();
    direction.carry(data, to, () => {
      carrying = false;
      from.resume();
      end();
    });
  });
  from.on('end', () => {
    ended = true;
    end();
  });
  from.on('error', () => to.destroy());
}

const server = createServer({ noDelay: true }, (client) => {
  const upstream = connect({ port, host: '127.0.0.1', noDelay: true });
  pass(client, upstream, there);
  pass(upstream, client, back);
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as { port: number }).port));
process.stdin.on('end', () => process.exit(0)).resume();
