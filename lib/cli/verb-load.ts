import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { Histogram } from '../core/load/histogram.ts';
import { type LoadJob, loadResultSchema, type SegmentResult, type Shape } from '../core/load/job.ts';
import { mergeStair } from '../core/measure/merge-stair.ts';
import { percentileMs } from '../core/measure/percentile.ts';
import { rules } from '../core/measure/rules/all-rules.ts';
import { type Validity, validityOf } from '../core/measure/validity.ts';
import type { Configuration } from '../core/plan/plan.ts';
import { parseDuration } from '../core/spec/duration.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { Kit } from './kit.ts';
import { printJson, say } from './output.ts';

interface Options {
  users?: number;
  rate?: number;
  arrivals: 'constant' | 'poisson';
  duration: number;
  method: 'GET' | 'POST' | 'PUT';
  body?: string;
  header: Record<string, string>;
  timeout: number;
  json?: boolean;
}

const positive = (text: string) => {
  const n = Number(text);
  if (!(n > 0 && Number.isFinite(n))) throw new InvalidArgumentError('must be a number above 0.');
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
    .option('--duration <time>', 'how long to measure', duration, 10)
    .option('--method <name>', 'GET, POST or PUT', oneOf('GET', 'POST', 'PUT'), 'GET')
    .option('--body <file>', 'request body')
    .option('--header <line>', "header, as 'name: value'; repeatable", header, {})
    .option('--timeout <time>', 'a slower answer is an error', duration, 10)
    .option('--json', 'print the result as one JSON document')
    .action(async (url: string, o: Options) => {
      const segment = await runLoad(kit, jobOf(kit, url, o));
      const result = summary(segment);
      if (o.json) printJson(result);
      else for (const line of lines(result)) say(line);
      const unreachable = segment.good === 0 && (segment.errors.connect ?? 0) > 0;
      leave(
        unreachable
          ? exitCodes.preflight
          : result.validity.status === 'invalid'
            ? exitCodes.invalidTrial
            : exitCodes.ok,
      );
    });
}

function jobOf(kit: Kit, text: string, o: Options): LoadJob {
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
  if (url.protocol !== 'http:')
    throw new CliError(exitCodes.usage, `${url.protocol}// is not supported; allowed: http://`);
  if ((o.users === undefined) === (o.rate === undefined)) {
    throw new CliError(exitCodes.usage, 'give either --users or --rate', `infersweep load ${text} --users 4`);
  }
  const shape: Shape =
    o.rate === undefined
      ? { kind: 'closed', users: Math.round(o.users!) }
      : { kind: o.arrivals, ratePerSecond: o.rate };
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
    schema: 'infersweep.load-job.v1',
    id: `load-${kit.now().getTime()}`,
    seed: 1,
    timeoutMs: o.timeout * 1000,
    maxConnections: 1024,
    requestLog: false,
    endpoints: {
      url: {
        url: url.origin,
        method: o.method,
        path: `${url.pathname}${url.search}`,
        headers: o.header,
        bodies: [{ id: 'body', content, encoding: 'base64', expected: null }],
        tolerance: { atol: 0, rtol: 0 },
        statsPath: null,
      },
    },
    segments: [{ id: '1/0/load/url', endpoint: 'url', shape, seconds: o.duration, dropSeconds: 0 }],
  };
}

async function runLoad(kit: Kit, job: LoadJob): Promise<SegmentResult> {
  const { generator, store, dispose } = kit.generator();
  try {
    const handle = await generator.start(job);
    for (;;) {
      const state = await generator.check(handle);
      if (state.state === 'done')
        return loadResultSchema.parse(JSON.parse((await store.get(state.resultKey))!)).segments[0]!;
      if (state.state !== 'running') {
        throw new CliError(
          exitCodes.bug,
          `the load generator ${state.state}: ${state.state === 'failed' ? state.reason : 'no result'}`,
        );
      }
      await kit.wait(0.2);
    }
  } finally {
    dispose();
  }
}

/** A bare URL has no objective: the median is asked of, with the usual limit on errors. */
const ANY_SLO = { percentile: 50, latencyMs: Number.POSITIVE_INFINITY, maxErrorRate: 0.001 };
const NO_CONFIGURATION: Configuration = {
  id: 'url',
  name: 'url',
  target: 'local',
  instanceType: '',
  runtime: '',
  parameters: {},
};

/** Judged by the rules that a run is judged by. */
function judge(segment: SegmentResult): Validity {
  const evidence = {
    configuration: NO_CONFIGURATION,
    slo: ANY_SLO,
    stairs: [{ stair: mergeStair('load', [segment], 0), windows: [segment] }],
    serverCores: null,
    golden: segment.golden,
  };
  return validityOf(rules.flatMap((rule) => rule(evidence) ?? []));
}

function summary(s: SegmentResult) {
  const validity = judge(s);
  const latency = Histogram.decode(s.latency);
  const schedule = Histogram.decode(s.scheduleError);
  return {
    requests: s.requests,
    errors: s.errors,
    durationS: s.durationS,
    throughputPerSecond: s.completedInWindow / s.durationS,
    latencyMs: {
      p50: percentileMs(latency, 50),
      p90: percentileMs(latency, 90),
      p95: percentileMs(latency, 95),
      p99: percentileMs(latency, 99),
      p999: percentileMs(latency, 99.9),
      max: latency.maxMs,
    },
    scheduleErrorMs: {
      p50: percentileMs(schedule, 50),
      p99: percentileMs(schedule, 99),
      p999: percentileMs(schedule, 99.9),
    },
    client: { cpuSeconds: s.client.cpuSeconds },
    validity: { status: validity.status, reasons: validity.reasons.map((r) => `${r.code}: ${r.detail}`) },
  };
}

function lines(r: ReturnType<typeof summary>): string[] {
  const ms = (v: number | null) => (v === null ? '-' : `${v.toFixed(2)} ms`);
  const errors = Object.entries(r.errors).filter(([, n]) => (n ?? 0) > 0);
  return [
    `${r.requests} requests in ${r.durationS.toFixed(1)} s: ${r.throughputPerSecond.toFixed(1)} good answers per second`,
    `latency p50 ${ms(r.latencyMs.p50)}  p95 ${ms(r.latencyMs.p95)}  p99 ${ms(r.latencyMs.p99)}  p99.9 ${ms(r.latencyMs.p999)}  max ${ms(r.latencyMs.max)}`,
    `errors: ${errors.length ? errors.map(([c, n]) => `${n} ${c}`).join(', ') : 'none'}`,
    `${r.validity.status}${r.validity.reasons.length ? `: ${r.validity.reasons.join(', ')}` : ''}`,
  ];
}
