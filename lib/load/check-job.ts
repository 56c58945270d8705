/** What the schema of a job cannot say. */
import type { Endpoint, LoadJob } from '../core/load/job.ts';
import { LoadJobError } from './job-error.ts';
import { originOf } from './origin.ts';

/** Framing and identity are the engine's; a second value would make the request mean two things. */
const OWN_HEADERS = ['content-length', 'transfer-encoding', 'x-infersweep-request'];

/** @throws LoadJobError when the job cannot be run as written. */
export function checkJob(job: LoadJob): void {
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
  for (const [name, endpoint] of Object.entries(job.endpoints)) checkEndpoint(name, endpoint);
}

function checkEndpoint(name: string, endpoint: Endpoint): void {
  originOf(endpoint);
  for (const path of [endpoint.path, endpoint.statsPath ?? '/']) {
    if (!/^\/[!-~]*$/.test(path)) {
      throw new LoadJobError(`endpoint ${name}: path ${JSON.stringify(path)} must begin with / and have no blanks`);
    }
  }
  for (const [header, value] of Object.entries(endpoint.headers)) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(header) || /[^\t\x20-\x7e\x80-\xff]/.test(value)) {
      throw new LoadJobError(`endpoint ${name}: header ${JSON.stringify(header)} is not a legal HTTP header`);
    }
    if (OWN_HEADERS.includes(header.toLowerCase())) {
      throw new LoadJobError(`endpoint ${name}: the load engine sets the header ${header} itself`);
    }
  }
}
