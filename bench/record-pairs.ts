/**
 * Records pairs of windows of two equal servers, interleaved as a comparison interleaves them but never ended early:
 * `node dist/bench/record-pairs.js [--pairs 80] [--server N] >> test/fixtures/recorded-pairs/NAME.jsonl`
 *
 * What `bench:stats` resamples to see how often a winner is named where there is none. Two seconds a pair, a line for
 * each server.
 */
import { ORDERS } from '../lib/engine/compare-until-decided.ts';
import { runJob } from './load-engine.ts';
import { recordedHost } from './recorded-host.ts';
import { askedServers, option } from './recorded-servers.ts';
import { comparedEndpoint, DROP_SECONDS, WINDOW_SECONDS } from './ten-percent-apart.ts';

const pairs = option('pairs', 80);
const how = `two of the same server on loopback by turns, a closed loop, windows of ${WINDOW_SECONDS} s without their first ${DROP_SECONDS} s`;

for (const { what, users, start } of askedServers()) {
  const running = [await start(), await start()];
  const good: [number, number][] = [];
  try {
    for (let look = 0; good.length < pairs; look++) {
      const order = ORDERS[look % ORDERS.length]!;
      const { segments } = await runJob({
        schema: 'infersweep.load-job.v1',
        id: `record-${look}`,
        seed: 1 + look,
        timeoutMs: 10_000,
        maxConnections: users,
        requestLog: false,
        endpoints: { first: comparedEndpoint(running[0]!.url), second: comparedEndpoint(running[1]!.url) },
        segments: order.map((endpoint, i) => ({
          id: `${look}/${i}`,
          endpoint,
          shape: { kind: 'closed', users },
          seconds: WINDOW_SECONDS,
          dropSeconds: DROP_SECONDS,
        })),
      });
      const answers = segments.map((s) => s.completedInWindow);
      for (let i = 0; i < order.length; i += 2) {
        const [a, b] = [answers[i]!, answers[i + 1]!];
        good.push(order[i] === 'first' ? [a, b] : [b, a]);
      }
    }
    console.log(JSON.stringify({ what, users, good, how, ...recordedHost() }));
  } finally {
    for (const server of running) await server.stop();
  }
}
