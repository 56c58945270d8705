/** Where an endpoint listens. */
import type { Endpoint } from '../core/load/job.ts';
import { LoadJobError } from './job-error.ts';

export interface Origin {
  /** Name or address, without the brackets of IPv6. */
  hostname: string;
  port: number;
  /** As it stands in the Host header. */
  host: string;
}

/** @throws LoadJobError when the URL is not a plain http origin. */
export function originOf(endpoint: Endpoint): Origin {
  let url: URL;
  try {
    url = new URL(endpoint.url);
  } catch {
    throw new LoadJobError(`endpoint ${endpoint.url} is not a URL; expected e.g. http://127.0.0.1:8080`);
  }
  if (url.protocol !== 'http:') {
    throw new LoadJobError(
      `endpoint ${endpoint.url}: the load engine speaks http only, ${url.protocol}// is not supported yet`,
    );
  }
  if (url.pathname !== '/' || url.search !== '' || url.username !== '') {
    throw new LoadJobError(`endpoint ${endpoint.url}: give the origin only and put the rest into path`);
  }
  return {
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 80 : Number(url.port),
    host: url.host,
  };
}
