/** Small questions to servers on this machine. */
import { request } from 'node:http';
import type { InPlaceSettings } from '../core/catalog/in-place.ts';
import { MODEL_NAME } from '../core/load/requests.ts';

export async function isReady(url: string): Promise<boolean> {
  return (await ask(`${url}/v2/health/ready`)).status === 200;
}

/** Versions that compute: our server's own with the model's metadata, Triton's with the server's. */
export async function versionsOf(url: string): Promise<{ [name: string]: string }> {
  const { body } = await ask(`${url}/v2/models/${MODEL_NAME}`);
  try {
    const versions = JSON.parse(body).versions_of ?? JSON.parse(body).versions ?? {};
    return Array.isArray(versions) ? { triton: JSON.parse((await ask(`${url}/v2`)).body).version } : versions;
  } catch {
    return {};
  }
}

/** A server waits for what was asked of it before: longer than its own limit for that. */
const CHANGE_TIMEOUT_MS = 45_000;

/** In force now; null when the server does not tell. Triton's extension `model_configuration`. */
export async function settingsOf(url: string): Promise<InPlaceSettings | null> {
  const { body } = await ask(`${url}/v2/models/${MODEL_NAME}/config`);
  try {
    const { max_batch_size: maxBatchSize, dynamic_batching: batching } = JSON.parse(body);
    const maxQueueDelayMicroseconds = batching?.max_queue_delay_microseconds ?? 0;
    if (!Number.isInteger(maxBatchSize) || !Number.isInteger(maxQueueDelayMicroseconds)) return null;
    return { maxBatchSize, maxQueueDelayMicroseconds };
  } catch {
    return null;
  }
}

/** Triton's extension `model_repository`. @returns why it is refused; null when the settings are in force. */
export async function changeSettings(url: string, settings: InPlaceSettings): Promise<string | null> {
  const { maxBatchSize, maxQueueDelayMicroseconds } = settings;
  const batching = { dynamic_batching: { max_queue_delay_microseconds: maxQueueDelayMicroseconds } };
  const config = JSON.stringify({ max_batch_size: maxBatchSize, ...(maxBatchSize === 0 ? {} : batching) });
  const load = `${url}/v2/repository/models/${MODEL_NAME}/load`;
  const { status, body } = await ask(load, JSON.stringify({ parameters: { config } }), CHANGE_TIMEOUT_MS);
  return status === 200 ? null : `status ${status}: ${body.slice(0, 500)}`;
}

/** One small GET, or POST of a body, on loopback; status 0 when nothing answers in time. */
function ask(url: string, sent: string | null = null, timeoutMs = 1000): Promise<{ status: number; body: string }> {
  return new Promise((resolve) => {
    const failed = () => resolve({ status: 0, body: '' });
    const method = sent === null ? 'GET' : 'POST';
    const headers = sent === null ? {} : { 'content-length': Buffer.byteLength(sent) };
    const req = request(url, { method, headers, timeout: timeoutMs, agent: false }, (res) => {
      let body = '';
      res.setEncoding('utf8');
      res.on('data', (d: string) => {
        body += d;
      });
      res.on('end', () => resolve({ status: res.statusCode ?? 0, body }));
      res.on('error', failed);
    });
    req.on('timeout', () => req.destroy());
    req.on('error', failed);
    req.end(sent ?? undefined);
  });
}
