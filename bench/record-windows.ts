/**
 * Records one-second windows of real servers:
 * `node dist/bench/record-windows.js [--seconds 120] [--server N] >> test/fixtures/recorded-windows/NAME.jsonl`
 *
 * What `bench:stats` resamples: real noise, in the order it came. A line for each server.
 */
import { closedLoopJob } from './closed-loop-job.ts';
import { runJob } from './load-engine.ts';
import { recordedHost } from './recorded-host.ts';
import { askedServers, option } from './recorded-servers.ts';

const seconds = option('seconds', 120);
const HEAD_SECONDS = 2;
const BODY = JSON.stringify({
  inputs: [{ name: 'x', shape: [1, 8], datatype: 'FP32', data: [1, 2, 3, 4, 5, 6, 7, 8] }],
});

const how = `the kit's own server and load engine on loopback, a closed loop, ${seconds} whole seconds after ${HEAD_SECONDS}`;
for (const { what, users, start } of askedServers()) {
  const server = await start();
  try {
    const { segments } = await runJob(
      closedLoopJob({
        id: 'record',
        url: server.url,
        users,
        body: BODY,
        seconds,
        headSeconds: HEAD_SECONDS,
        timeoutMs: 10_000,
        statsPath: null,
      }),
    );
    const rows = segments[0]!.seconds.filter((s) => s.second >= HEAD_SECONDS && s.second < HEAD_SECONDS + seconds);
    console.log(JSON.stringify({ what, users, good: rows.map((s) => s.good), how, ...recordedHost() }));
  } finally {
    await server.stop();
  }
}
