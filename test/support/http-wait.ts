import { createServer } from 'node:net';

/** A port that nobody listens on right now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Asks until the answer is 200. @throws Error with the last answer after `seconds`. */
export async function waitForOk(url: string, seconds = 20): Promise<void> {
  let last = 'nothing';
  for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
    try {
      const { status } = await fetch(url, { signal: AbortSignal.timeout(2000) });
      if (status === 200) return;
      last = String(status);
    } catch (error) {
      last = String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} was not ready after ${seconds} s: ${last}`);
}
