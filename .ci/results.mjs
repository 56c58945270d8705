/**
 * What the suites of .ci/run left in a folder: NAME.json as vitest tells it, NAME.seconds, NAME.status, and NAME.N.again.json
 * of each file that failed and was run once more.
 *
 *   node .ci/results.mjs failed DIR   the files that failed, a line each: suite, file; none where they are too many
 *   node .ci/results.mjs sum DIR      the sums, what failed, and the closing line; ends 1 where anything did
 */
import { readdirSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

/** A neighbour may hold up a few measurements; where more fails, something is broken. */
const MOST_AGAIN = 6;
/** Of `lib/core`, as vitest.config.ts asks; it does not tell a failed test from a missed threshold by its exit code. */
const LEAST_COVERED_PERCENT = 95;

const [verb, folder] = process.argv.slice(2);
const read = (name) => readFileSync(`${folder}/${name}`, 'utf8').trim();
const suites = readdirSync(folder)
  .filter((file) => file.endsWith('.json') && !file.endsWith('.again.json'))
  .map((file) => file.replace('.json', ''));

/** What stands in the place of a test's name where a file failed before its tests. */
const WHOLE_FILE = 'the file itself';

/** What a suite told of each file: what failed and why, and what passed. */
function filesOf(report) {
  return (JSON.parse(read(report)).testResults ?? []).map(({ name, message, assertionResults }) => {
    const of = (wanted) => assertionResults.filter(({ status }) => status === wanted);
    const failed = of('failed').map(({ fullName, failureMessages }) => [fullName, failureMessages.join('\n')]);
    return {
      path: relative('.', name),
      failures: failed.length === 0 && message ? [[WHOLE_FILE, message]] : failed,
      passed: new Set(of('passed').map(({ fullName }) => fullName)),
    };
  });
}

const failedFiles = (suite) => filesOf(`${suite}.json`).filter(({ failures }) => failures.length > 0);

if (verb === 'failed') {
  const lines = suites.flatMap((suite) => failedFiles(suite).map(({ path }) => `${suite} ${path}`));
  if (lines.length > 0 && lines.length <= MOST_AGAIN) console.log(lines.join('\n'));
} else {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  const told = [];
  for (const suite of suites) {
    const r = JSON.parse(read(`${suite}.json`));
    const again = readdirSync(folder)
      .filter((file) => file.startsWith(`${suite}.`) && file.endsWith('.again.json'))
      .flatMap(filesOf);
    let held = 0;
    let failed = 0;
    for (const { path, failures } of failedFiles(suite)) {
      const second = again.find((file) => file.path === path && file.failures.length === 0 && file.passed.size > 0);
      // Skipped is not passed.
      const holds = second && failures.every(([test]) => test === WHOLE_FILE || second.passed.has(test));
      for (const [test, why] of failures) {
        told.push(`${holds ? 'HELD WHEN RUN AGAIN' : 'FAILED'} ${suite} ${path} > ${test}\n${why.slice(0, 1500)}\n`);
      }
      if (holds) held += failures.length;
      else failed += failures.length;
    }
    if (read(`${suite}.status`) !== '0' && held + failed === 0) {
      told.push(`FAILED ${suite}: it ended with ${read(`${suite}.status`)}, though no test failed\n`);
      failed += 1;
    }
    if (suite === 'unit' && held > 0) {
      const { lines, branches } = JSON.parse(readFileSync('coverage/coverage-summary.json', 'utf8')).total;
      if (Math.min(lines.pct, branches.pct) < LEAST_COVERED_PERCENT) {
        told.push(`FAILED unit: ${lines.pct} % of the lines and ${branches.pct} % of the branches are covered\n`);
        failed += 1;
      }
    }
    const passed = r.numPassedTests + held;
    console.log(
      `${suite.padEnd(9)} ${passed} passed${held > 0 ? ` (${held} when run again)` : ''}, ${failed} failed, ${r.numPendingTests} skipped in ${read(`${suite}.seconds`)} s`,
    );
    sum.passed += passed;
    sum.failed += failed;
    sum.skipped += r.numPendingTests;
  }
  // Once more, where the log ends: whoever reads only that sees what to mend.
  for (const line of told) console.log(line);
  console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
  process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0;
}
