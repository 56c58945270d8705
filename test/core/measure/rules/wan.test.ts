import { expect, it } from 'vitest';
import type { SegmentResult } from '../../../../lib/core/load/job.ts';
import { wan } from '../../../../lib/core/measure/rules/wan.ts';
import { evidenceOf } from '../../../support/evidence.ts';
import { countersOf, flat, segmentOf } from '../../../support/measurements.ts';

/** Four connections to a server whose requests take `ms`. */
const handshakes = (handshakeMs: number, ms: number, o: Partial<SegmentResult> = {}) =>
  segmentOf({
    connections: { opened: 4, reconnects: 0, handshakeMs },
    latency: flat(ms, 300),
    serviceTime: flat(ms, 300),
    ...o,
  });
const reading = (readMs: number, ms: number, o: Partial<SegmentResult> = {}) =>
  handshakes(0.1, ms, { server: { before: countersOf(), after: countersOf(), readMs }, ...o });

// Between London and Frankfurt, and across the Atlantic, a round trip takes some 12 and 75 ms.
it.each([
  ['another region', [[handshakes(12, 40)]], '12 ms of a median latency of 40 ms'],
  ['another continent', [[handshakes(75, 700)]], '75 ms of'],
  ['the limit itself', [[handshakes(5, 50)]], '5 ms of'],
  ['a tunnel, whose near end shakes hands', [[reading(20, 40), reading(21, 40)]], '20 ms of'],
  ['the shortest of the windows', [[handshakes(40, 60), handshakes(15, 60)]], '15 ms of'],
  ['the lowest load, where the network is most of it', [[handshakes(12, 40)], [handshakes(12, 400)]], '12 ms of'],
])('finds %s', (_, stairs, words) => {
  expect(wan(evidenceOf(stairs))).toMatchObject({ code: 'wan', detail: expect.stringContaining(words) });
});

it.each([
  ['loopback', [[handshakes(0.05, 2)]]],
  ['another zone of the region', [[handshakes(1.8, 4)]]],
  ['just under the limit', [[handshakes(4.99, 10)]]],
  ['a distance that is lost in the latency', [[handshakes(12, 121)]]],
  ['a handshake that met a stall', [[handshakes(30, 3)]]],
  ['a single handshake', [[handshakes(30, 40, { connections: { opened: 1, reconnects: 0, handshakeMs: 30 } })]]],
  ['a single window of readings', [[reading(30, 40)]]],
  ['a server that is slow at its statistics only', [[reading(30, 4), reading(30, 4)]]],
  ['one window of a stalled generator', [[handshakes(30, 40), handshakes(0.1, 40)]]],
  ['nothing known', [[segmentOf()]]],
  ['nobody who answers', [[handshakes(12, 40, { latency: flat(1, 0, 300), serviceTime: flat(1, 0, 300) })]]],
  ['no load', []],
] as [string, SegmentResult[][]][])('accepts %s', (_, stairs) => {
  expect(wan(evidenceOf(stairs))).toBeNull();
});
