/** Where an endpoint listens. */
import type { Endpoint } from '../core/load/job.ts';
import { LoadJobError } from './job-error.ts';

export interface Origin {
  tls: boolean;
  /** Name or address, without the brackets of IPv6. */
  hostname: string;
  port: number;
  /** As it stands in the Host header. */
  host: string;
}

/** @throws LoadJobError when the URL is not an http or https origin. */
export function originOf(endpoint: Endpoint): Origin {
  let url: URL;
  try {
    url = new URL(endpoint.url);
  } catch {
    throw new LoadJobError(`endpoint ${endpoint.url} is not a URL; expected e.g. http://127.0.0.1:8080`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new LoadJobError(`endpoint ${endpoint.url}: the load engine speaks http and https, not ${url.protocol}//`);
  }
  const tls = url.protocol === 'https:';
  if (url.pathname !== '/' || url.search !== '' || url.username !== '') {
    throw new LoadJobError(`endpoint ${endpoint.url}: give the origin only and put the rest into path`);
  }
  return {
    tls,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (tls ? 443 : 80) : Number(url.port),
    host: url.host,
  };
}
