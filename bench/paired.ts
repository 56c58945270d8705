/**
 * Is the faster of two servers named? `npm run bench:paired -- [--json] [--comparisons N] [--seconds S]`
 *
 * Interleaved comparisons of two real servers 10 % apart, the faster one first and second by turns. Of 60 comparisons of at
 * most 20 s at least 54 are to name it and at most one the other. Each ends when it is decided: ten minutes or so, twenty at
 * most.
 */
import { loadavg } from 'node:os';
import { median } from '../lib/core/measure/median.ts';
import { compare, startRivals } from './ten-percent-apart.ts';

const option = (name: string, fallback: number) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const comparisons = option('comparisons', 60);
const seconds = option('seconds', 20);
const json = process.argv.includes('--json');

const MIN_RIGHT = 54 / 60;
const MAX_WRONG = 1 / 60;

const rows: { faster: string; said: string; ratio: number | null; pairs: number }[] = [];
const rivals = await startRivals();
try {
  for (let n = 0; n < comparisons; n++) {
    const faster = n % 2 === 0 ? 'first' : 'second';
    const [first, second] = faster === 'first' ? [rivals.fast, rivals.slow] : [rivals.slow, rivals.fast];
    const { winner, ratio, interval, pairs } = await compare(first, second, seconds);
    rows.push({ faster, said: winner, ratio, pairs });
    if (json) continue;
    const shown = interval === null ? '-' : `${interval.low.toFixed(3)} to ${interval.high.toFixed(3)}`;
    const mark = winner === faster ? 'ok     ' : winner === 'undecided' ? 'open   ' : 'WRONG  ';
    console.log(`${mark} ${faster} is faster, said ${winner} after ${pairs} pairs: ${ratio?.toFixed(3)} (${shown})`);
  }
} finally {
  await rivals.stop();
}

const right = rows.filter((r) => r.said === r.faster).length;
const undecided = rows.filter((r) => r.said === 'undecided').length;
// A tie is wrong too: they are not alike.
const wrong = rows.length - right - undecided;
const pairs = median(rows.map((r) => r.pairs));
const held = right >= Math.ceil(MIN_RIGHT * rows.length) && wrong <= Math.max(1, MAX_WRONG * rows.length);
const host = loadavg().map((v) => Number(v.toFixed(2)));
if (json) {
  console.log(JSON.stringify({ comparisons, seconds, right, undecided, wrong, pairs, held, loadAverage: host, rows }));
} else {
  const counts = `${right} of ${rows.length} right, ${undecided} undecided, ${wrong} wrong, ${pairs} pairs in the median`;
  console.log(`${counts}; load average ${host.join(' ')}`);
}
process.exitCode = held ? 0 : 1;
