/** `infersweep load URL --against URL`: which of two is faster, as soon as it is sure. */
import type { Endpoint, LoadJob, SegmentResult } from '../core/load/job.ts';
import { compareUntilDecided, type Outcome, WINDOWS_BETWEEN_LOOKS } from '../engine/compare-until-decided.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { exitCodeOf, type LoadSummary, summarise, summaryLines } from './load-summary.ts';
import { printJson, say } from './output.ts';

/** Of each window and of its head that is not measured: short, so that both meet the same host. */
const WINDOW_SECONDS = 1;
const DROP_SECONDS = 0.25;

export interface Against {
  /** One segment at one endpoint: the first of the two. */
  job: LoadJob;
  against: Endpoint;
  budgetSeconds: number;
  json: boolean;
}

/** @returns the exit code. */
export async function loadAgainst(
  { job, against, budgetSeconds, json }: Against,
  run: (job: LoadJob) => Promise<SegmentResult[]>,
): Promise<number> {
  const least = WINDOW_SECONDS * WINDOWS_BETWEEN_LOOKS;
  if (budgetSeconds < least) {
    throw new CliError(exitCodes.usage, `--duration with --against must be ${least}s or more`, 'leave --duration out');
  }
  const { endpoints, segments, ...rest } = job;
  const [segment] = segments;
  const outcome = await compareUntilDecided(
    {
      job: rest,
      first: endpoints[segment!.endpoint]!,
      second: against,
      shape: segment!.shape,
      windowSeconds: WINDOW_SECONDS,
      dropSeconds: DROP_SECONDS,
      budgetSeconds,
    },
    run,
  );
  const url = summarise(outcome.windows.first, DROP_SECONDS);
  const other = summarise(outcome.windows.second, DROP_SECONDS);
  const { winner, basis, ratio, interval, pairs } = outcome;
  const verdict = { first: 'faster', second: 'slower', tie: 'tie', undecided: 'undecided' }[winner];
  if (json) printJson({ verdict, basis, ratio, interval, pairs, url, against: other });
  else for (const line of lines(outcome, url, other)) say(line);
  return exitCodeOf([url, other]);
}

function lines({ winner, basis, ratio, interval, pairs }: Outcome, url: LoadSummary, against: LoadSummary): string[] {
  const words = {
    first: 'the URL is faster',
    second: 'the URL is slower',
    tie: 'they are alike',
    undecided: 'undecided: a longer --duration may tell',
  }[winner];
  const range = interval === null ? 'too few pairs' : `95 %: ${interval.low.toFixed(3)} to ${interval.high.toFixed(3)}`;
  const figure = ratio === null ? 'no ratio' : `${basis} ${ratio.toFixed(3)} times the other's (${range})`;
  return [
    `${words} after ${pairs} pairs of windows: ${figure}`,
    'the URL:',
    ...summaryLines(url).map((line) => `  ${line}`),
    'the other:',
    ...summaryLines(against).map((line) => `  ${line}`),
  ];
}
