/** What the schema of a job cannot say. */
import { availableParallelism } from 'node:os';
import type { Endpoint, LoadJob } from '../core/load/job.ts';
import { LoadJobError } from './job-error.ts';
import { originOf } from './origin.ts';

/** Framing and identity are the engine's; a second value would make the request mean two things. */
const OWN_HEADERS = ['content-length', 'transfer-encoding', 'x-infersweep-request'];

/** Written by whoever signs. */
const SIGNED_HEADERS = ['authorization', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'];

/** @throws LoadJobError when the job cannot be run as written. */
export function checkJob(job: LoadJob, o: { generator: number; canSign: boolean }): void {
  checkShares(job, o.generator);
  for (const segment of job.segments) {
    const endpoint = job.endpoints[segment.endpoint];
    if (endpoint === undefined) {
      throw new LoadJobError(
        `segment ${segment.id} names endpoint ${segment.endpoint}; the job has ${Object.keys(job.endpoints).join(', ')}`,
      );
    }
    if (segment.shape.kind !== 'once' && segment.dropSeconds >= segment.seconds) {
      throw new LoadJobError(
        `segment ${segment.id} drops ${segment.dropSeconds} s of its ${segment.seconds} s: nothing is left to measure`,
      );
    }
  }
  for (const [name, endpoint] of Object.entries(job.endpoints)) {
    checkEndpoint(name, endpoint);
    if (endpoint.signing !== undefined && !o.canSign) {
      throw new LoadJobError(
        `endpoint ${name} asks for signed requests, and this generator was given nothing to sign with`,
      );
    }
  }
}

function checkShares(job: LoadJob, generator: number): void {
  const { generators = 1, workers = 1 } = job;
  if (!(Number.isInteger(generator) && generator >= 0 && generator < generators)) {
    throw new LoadJobError(`generator ${generator} of a job for ${generators}: they are numbered from 0`);
  }
  if (generators > 1 && job.startAtMs === undefined) {
    throw new LoadJobError(`a job for ${generators} generators needs startAtMs, the moment at which all of them begin`);
  }
  const cores = availableParallelism();
  if (workers > cores) {
    throw new LoadJobError(`the job asks for ${workers} workers and this generator may use ${cores} cores`);
  }
  if (generators * workers > 1 && job.segments.some(({ shape }) => shape.kind === 'once')) {
    throw new LoadJobError('a segment of shape once sends one body at a time: it takes one generator with one worker');
  }
}

function checkEndpoint(name: string, endpoint: Endpoint): void {
  originOf(endpoint);
  for (const path of [endpoint.path, endpoint.statsPath ?? '/', endpoint.utilisationPath ?? '/']) {
    if (!/^\/[!-~]*$/.test(path)) {
      throw new LoadJobError(`endpoint ${name}: path ${JSON.stringify(path)} must begin with / and have no blanks`);
    }
  }
  for (const [header, value] of Object.entries(endpoint.headers)) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(header) || /[^\t\x20-\x7e\x80-\xff]/.test(value)) {
      throw new LoadJobError(`endpoint ${name}: header ${JSON.stringify(header)} is not a legal HTTP header`);
    }
    const own = [...OWN_HEADERS, ...(endpoint.signing === undefined ? [] : SIGNED_HEADERS)];
    if (own.includes(header.toLowerCase())) {
      throw new LoadJobError(`endpoint ${name}: the load engine sets the header ${header} itself`);
    }
  }
}
