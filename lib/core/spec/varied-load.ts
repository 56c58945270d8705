/** Loads whose rate changes, as the load engine plays them: ramp, step and trace, and their limits. */
import { expectedRequests, type VariedShape } from '../load/parts.ts';
import { RateCurve } from '../load/rate-curve.ts';
import { shapeSeconds } from '../load/shape.ts';
import { MINUTE_S } from '../scale/trace/trace.ts';
import { parseDuration } from './duration.ts';
import { type Issue, issue } from './issue.ts';
import type { LoadSpec } from './load-spec.ts';
import { windowKeyIssues } from './phases.ts';
import type { ReadTrace } from './read-trace.ts';

const MOST_SECONDS = 86_400;
const LEAST_SECONDS = 1;
/** Of the load engine, for one second and in all. */
const MOST_PER_SECOND = 1e6;
const MOST_REQUESTS = 1e9;
/** Rows of a shape, each with a rate of its own. */
const MOST_ROWS = 100_000;

const variedProtocols = ['ramp', 'step', 'trace'] as const;
type VariedProtocol = (typeof variedProtocols)[number];

/** Shape of the protocol; null for the others, and where what it needs is missing or cannot be read. */
export interface VariedLoad {
  shape: VariedShape | null;
  issues: Issue[];
}

export function variedLoad(load: LoadSpec, readTrace: ReadTrace): VariedLoad {
  const protocol = variedProtocols.find((name) => name === load.protocol);
  if (protocol === undefined || load[protocol] === undefined) return { shape: null, issues: [] };
  const unused = windowKeyIssues(load, `protocol ${protocol}: the whole of it is measured, once`);
  const made = shapeOf(protocol, load, readTrace);
  if ('issue' in made) return { shape: null, issues: [...unused, made.issue] };
  const limit = limitOf(made);
  if (limit === null) return { shape: made, issues: unused };
  // The short form of a trace has no keys of its own.
  const path = ['load', protocol, ...(typeof load[protocol] === 'string' ? [] : [limit.key])];
  return { shape: made, issues: [...unused, issue(path, limit.message)] };
}

const seconds = (text: string) => parseDuration(text) ?? 0;

function shapeOf(protocol: VariedProtocol, load: LoadSpec, readTrace: ReadTrace): VariedShape | { issue: Issue } {
  const arrivals = load.arrivals ?? 'poisson';
  if (protocol === 'ramp') {
    const { initialRate, finalRate, duration } = load.ramp!;
    return {
      kind: 'ramp',
      arrivals,
      fromPerSecond: initialRate,
      toPerSecond: finalRate,
      rampSeconds: seconds(duration),
    };
  }
  if (protocol === 'step') {
    const { initialRate, addedRate, steps, every } = load.step!;
    const stepSeconds = seconds(every);
    return { kind: 'step', arrivals, startPerSecond: initialRate, addPerSecond: addedRate, steps, stepSeconds };
  }
  const given = load.trace!;
  const { file, peakRate, minute } = typeof given === 'string' ? { file: given, minute: '1m' } : given;
  const read = readTrace(file);
  if (!read.ok) return { issue: issue(tracePath(load), read.message) };
  const { requests, stepS } = read.trace;
  const busiest = requests.reduce((most, n) => Math.max(most, n), 0);
  if (busiest === 0) return { issue: issue(tracePath(load), `${file} has no request in any minute`) };
  return {
    kind: 'trace',
    arrivals,
    ratesPerSecond: requests.map((n) => (peakRate === undefined ? n / stepS : (n * peakRate) / busiest)),
    intervalSeconds: (seconds(minute) * stepS) / MINUTE_S,
  };
}

const tracePath = ({ trace }: LoadSpec) => (typeof trace === 'string' ? ['load', 'trace'] : ['load', 'trace', 'file']);

/** The first limit that the shape passes, and the key that sets it. */
function limitOf(shape: VariedShape): { key: string; message: string } | null {
  const seconds = shapeSeconds(shape)!;
  const length = { ramp: 'duration', step: 'every', trace: 'minute' }[shape.kind];
  const rate = { ramp: 'finalRate', step: 'addedRate', trace: 'peakRate' }[shape.kind];
  const over = (key: string, message: string) => ({ key, message });
  if (shape.kind === 'trace' && shape.ratesPerSecond.length > MOST_ROWS)
    return over('file', `has ${shape.ratesPerSecond.length} minutes; a load has at most ${MOST_ROWS}`);
  if (seconds > MOST_SECONDS)
    return over(length, `makes a load of ${Number((seconds / 3600).toFixed(2))} h; the limit is 24 h`);
  if (seconds < LEAST_SECONDS) return over(length, `makes a load of ${seconds} s; the least is ${LEAST_SECONDS} s`);
  const peak = new RateCurve(shape).peakPerSecond;
  if (peak === 0) return over(rate, 'makes a load that sends nothing');
  if (peak > MOST_PER_SECOND)
    return over(rate, `makes up to ${Math.round(peak)} requests per second; the limit is ${MOST_PER_SECOND}`);
  const requests = expectedRequests(shape);
  if (requests > MOST_REQUESTS)
    return over(rate, `makes ${Math.round(requests)} requests in all; the limit is ${MOST_REQUESTS}`);
  return null;
}
