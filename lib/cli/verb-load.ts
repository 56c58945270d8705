import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
import type { Endpoint, LoadJob, Shape } from '../core/load/job.ts';
import { parseDuration } from '../core/spec/duration.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { Kit } from './kit.ts';
import { loadAgainst } from './load-against.ts';
import { exitCodeOf, summarise, summaryLines } from './load-summary.ts';
import { printJson, say } from './output.ts';
import { runJob } from './run-job.ts';

interface Options {
  users?: number;
  rate?: number;
  arrivals: 'constant' | 'poisson';
  duration?: number;
  against?: string;
  workers: number;
  method: 'GET' | 'POST' | 'PUT';
  body?: string;
  header: Record<string, string>;
  timeout: number;
  json?: boolean;
}

const MOST_WORKERS = 64;
const DURATION_SECONDS = 10;
/** Of a comparison, which ends when it is decided. */
const COMPARISON_SECONDS = 60;

const positive = (text: string) => {
  const n = Number(text);
  if (!(n > 0 && Number.isFinite(n))) throw new InvalidArgumentError('must be a number above 0.');
  return n;
};
const count = (text: string) => {
  const n = positive(text);
  const most = Math.min(MOST_WORKERS, availableParallelism());
  if (!Number.isInteger(n) || n > most) throw new InvalidArgumentError(`must be from 1 to ${most}, one for each core.`);
  return n;
};
const duration = (text: string) => {
  const s = parseDuration(text);
  if (s === null) throw new InvalidArgumentError('must be a duration such as 500ms, 20s or 2m.');
  return s;
};
const header = (text: string, all: Record<string, string>) => {
  const colon = text.indexOf(':');
  if (colon < 1) throw new InvalidArgumentError("must look like 'name: value'.");
  return { ...all, [text.slice(0, colon).trim().toLowerCase()]: text.slice(colon + 1).trim() };
};
const oneOf =
  <T extends string>(...allowed: T[]) =>
  (text: string) => {
    const found = allowed.find((a) => a.toLowerCase() === text.toLowerCase());
    if (!found) throw new InvalidArgumentError(`must be one of ${allowed.join(', ')}.`);
    return found;
  };

export function register(program: Command, kit: Kit, leave: (code: number) => void): void {
  program
    .command('load')
    .description('load one URL and say what came back, with latency from the intended send time')
    .argument('<url>', 'http://host:port/path')
    .option('--users <n>', 'closed loop: clients that send again when answered', positive)
    .option('--rate <n>', 'open loop: requests per second', positive)
    .option('--arrivals <kind>', 'spacing of --rate: constant or poisson', oneOf('constant', 'poisson'), 'constant')
    .option('--duration <time>', 'how long to measure (default: 10s; with --against at most, 60s)', duration)
    .option('--against <url>', 'load this one, too, by turns, until it is sure which of the two is faster')
    .option('--workers <n>', 'threads of the load generator, which share its cores', count, 1)
    .option('--method <name>', 'GET, POST or PUT', oneOf('GET', 'POST', 'PUT'), 'GET')
    .option('--body <file>', 'request body')
    .option('--header <line>', "header, as 'name: value'; repeatable", header, {})
    .option('--timeout <time>', 'a slower answer is an error', duration, 10)
    .option('--json', 'print the result as one JSON document')
    .action(async (url: string, o: Options) => {
      const job = jobOf(kit, url, o);
      if (o.against !== undefined) {
        const against = endpointOf(o.against, o);
        const budgetSeconds = o.duration ?? COMPARISON_SECONDS;
        leave(await loadAgainst({ job, against, budgetSeconds, json: o.json === true }, (next) => runJob(kit, next)));
        return;
      }
      const result = summarise(await runJob(kit, job), 0);
      if (o.json) printJson(result);
      else for (const line of summaryLines(result)) say(line);
      leave(exitCodeOf([result]));
    });
}

/** One segment of the whole duration at `url`. */
function jobOf(kit: Kit, url: string, o: Options): LoadJob {
  const endpoint = endpointOf(url, o);
  if ((o.users === undefined) === (o.rate === undefined)) {
    throw new CliError(exitCodes.usage, 'give either --users or --rate', `infersweep load ${url} --users 4`);
  }
  const shape: Shape =
    o.rate === undefined
      ? { kind: 'closed', users: Math.round(o.users!) }
      : { kind: o.arrivals, ratePerSecond: o.rate };
  return {
    schema: 'infersweep.load-job.v1',
    id: `load-${kit.now().getTime()}`,
    seed: 1,
    timeoutMs: o.timeout * 1000,
    maxConnections: 1024,
    requestLog: false,
    endpoints: { url: endpoint },
    segments: [{ id: '1/0/load/url', endpoint: 'url', shape, seconds: o.duration ?? DURATION_SECONDS, dropSeconds: 0 }],
    ...(o.workers === 1 ? {} : { workers: o.workers }),
  };
}

function endpointOf(text: string, o: Options): Endpoint {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new CliError(
      exitCodes.usage,
      `"${text}" is not a URL`,
      'infersweep load http://127.0.0.1:8000/path --users 4',
    );
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new CliError(exitCodes.usage, `${url.protocol}// is not supported; allowed: http://, https://`);
  let content = '';
  try {
    if (o.body !== undefined) content = readFileSync(o.body).toString('base64');
  } catch (error) {
    throw new CliError(
      exitCodes.usage,
      `cannot read --body ${o.body}: ${error instanceof Error ? error.message : error}`,
    );
  }
  return {
    url: url.origin,
    method: o.method,
    path: `${url.pathname}${url.search}`,
    headers: o.header,
    bodies: [{ id: 'body', content, encoding: 'base64', expected: null }],
    tolerance: { atol: 0, rtol: 0 },
    statsPath: null,
  };
}
