/**
 * Is the bottleneck told right? `npm run bench:bottleneck -- [--json] [--rounds N] [--seconds S] [--only WORD]`
 *
 * Rounds over servers that are each slow for a known reason. Of 60 judgements at least 58 are to be right and at most one wrong;
 * "unclear" is neither. About 5 s for each judgement of 3 s: seven minutes for the usual ten rounds.
 */
import { loadavg } from 'node:os';
import { judge, knownBottlenecks } from './known-bottlenecks.ts';

const option = (name: string, fallback: number) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const rounds = option('rounds', 10);
const seconds = option('seconds', 3);
const json = process.argv.includes('--json');
const onlyAt = process.argv.indexOf('--only');
const asked = knownBottlenecks.filter((known) => onlyAt < 0 || known.word === process.argv[onlyAt + 1]);
if (asked.length === 0) throw new RangeError(`--only takes ${knownBottlenecks.map((known) => known.word).join(', ')}`);

const MIN_RIGHT = 58 / 60;
const MAX_WRONG = 1 / 60;

const shown = asked.filter((known) => {
  const missing = known.missing?.() ?? null;
  if (missing !== null) console.error(`${known.word} is left out: ${missing}`);
  return missing === null;
});

const rows: { known: string; said: string; detail: string }[] = [];
for (let round = 1; round <= rounds; round++) {
  for (const known of shown) {
    const { finding } = await judge(known, seconds);
    rows.push({ known: known.word, said: finding.word, detail: finding.detail });
    const mark = finding.word === known.word ? 'ok     ' : finding.word === 'unclear' ? 'unclear' : 'WRONG  ';
    if (!json) console.log(`${mark} ${known.word.padEnd(14)} ${finding.word}: ${finding.detail}`);
  }
}

const right = rows.filter((r) => r.said === r.known).length;
const unclear = rows.filter((r) => r.said === 'unclear').length;
const wrong = rows.length - right - unclear;
const held = right >= Math.ceil(MIN_RIGHT * rows.length) && wrong <= Math.max(1, MAX_WRONG * rows.length);
const host = loadavg().map((v) => Number(v.toFixed(2)));
if (json) console.log(JSON.stringify({ rounds, seconds, right, unclear, wrong, held, loadAverage: host, rows }));
else {
  console.log(`${right} of ${rows.length} right, ${unclear} unclear, ${wrong} wrong; load average ${host.join(' ')}`);
}
process.exitCode = held ? 0 : 1;
