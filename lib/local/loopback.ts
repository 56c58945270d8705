/** Small questions to servers on this machine. */
import { request } from 'node:http';
import { MODEL_NAME } from '../core/load/requests.ts';

export async function isReady(url: string): Promise<boolean> {
  return (await get(`${url}/v2/health/ready`)).status === 200;
}

/** Versions that compute: our server's own with the model's metadata, Triton's with the server's. */
export async function versionsOf(url: string): Promise<{ [name: string]: string }> {
  const { body } = await get(`${url}/v2/models/${MODEL_NAME}`);
  try {
    const versions = JSON.parse(body).versions_of ?? JSON.parse(body).versions ?? {};
    return Array.isArray(versions) ? { triton: JSON.parse((await get(`${url}/v2`)).body).version } : versions;
  } catch {
    return {};
  }
}

/** One small GET on loopback; status 0 when nothing answers within a second. */
function get(url: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve) => {
    const failed = () => resolve({ status: 0, body: '' });
    const req = request(url, { timeout: 1000, agent: false }, (res) => {
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
    req.end();
  });
}
