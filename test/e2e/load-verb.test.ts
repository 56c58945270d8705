/** `infersweep load` as a stranger types it, on servers that behave and on some that do not. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kit, root } from '../support/cli.ts';

const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'load-')));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
const run = (...args: string[]) => kit(args, { cwd });

describe('infersweep load', () => {
  let url: string;
  let end: () => void;

  async function serve(mode: string) {
    const announce = join(cwd, `announce-${mode}.json`);
    const server = spawn(process.execPath, [join(root, 'test/support/misbehaving-server.mjs'), mode, announce], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    while (!existsSync(announce)) await new Promise((r) => setTimeout(r, 20));
    const { port } = JSON.parse(readFileSync(announce, 'utf8')) as { port: number };
    return { url: `http://127.0.0.1:${port}/v2/models/model/infer`, end: () => server.kill('SIGKILL') };
  }
  function body(): string {
    const file = join(cwd, 'body.json');
    writeFileSync(file, '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,1],"data":[1]}]}');
    return file;
  }

  beforeAll(async () => {
    ({ url, end } = await serve('good'));
  });
  afterAll(() => end());

  it.each([
    ['--users', '4'],
    ['--rate', '200', '--arrivals', 'poisson'],
  ])('measures with %s %s', async (...shape) => {
    const ended = await run(
      'load',
      url,
      ...shape.filter((a) => a !== undefined),
      '--duration',
      '2s',
      '--method',
      'POST',
      '--body',
      body(),
      '--json',
    );
    expect(ended.code, ended.stderr).toBe(0);
    const result = JSON.parse(ended.stdout);
    expect(result.requests).toBeGreaterThan(100);
    expect(result.errors).toEqual({});
    expect(result.latencyMs.p50).toBeGreaterThanOrEqual(5);
    expect(result.latencyMs.p999).toBeNull();
    expect(result.validity.status).toBe('valid');
  });

  it.each([
    ['instant', ['--users', '1'], /client-bound/],
    ['errors', ['--users', '4'], /error-rate/],
  ])('calls the load on a server that is %s invalid and exits 4', async (mode, shape, reason) => {
    const other = await serve(mode);
    const ended = await run(
      'load',
      other.url,
      ...shape,
      '--duration',
      '3s',
      '--method',
      'POST',
      '--body',
      body(),
      '--json',
    );
    other.end();
    expect(ended.code, ended.stdout).toBe(4);
    expect(JSON.parse(ended.stdout).validity).toMatchObject({
      status: 'invalid',
      reasons: [expect.stringMatching(reason)],
    });
  });

  it('compares two URLs until it is sure which is faster', async () => {
    const slow = await serve('slow');
    const ended = await run(
      'load',
      url,
      '--against',
      slow.url,
      '--users',
      '1',
      '--method',
      'POST',
      '--body',
      body(),
      '--json',
    );
    slow.end();
    expect(ended.code, ended.stderr + ended.stdout).toBe(0);
    const result = JSON.parse(ended.stdout);
    expect(result).toMatchObject({ verdict: 'faster', basis: 'throughput' });
    expect(result.interval.low).toBeGreaterThan(1);
    expect(result.ratio).toBeCloseTo(result.url.throughputPerSecond / result.against.throughputPerSecond, 0);
    expect(result.pairs).toBeLessThan(30);
  });

  it.each([
    [['--against', 'http://127.0.0.1:9/', '--duration', '2s'], /--against must be 4s or more/],
    [['--against', 'ftp://127.0.0.1/'], /allowed: http:\/\/, https:\/\//],
    [['--workers', '65'], /must be from 1 to \d+, one for each core/],
  ])('refuses %j', async (options, reason) => {
    const ended = await run('load', url, '--users', '1', ...options);
    expect([ended.code, ended.stderr]).toEqual([2, expect.stringMatching(reason)]);
  });

  it('exits 3 when nobody is there', async () => {
    const ended = await run('load', 'http://127.0.0.1:9/', '--users', '1', '--duration', '1s', '--json');
    expect(ended.code).toBe(3);
    expect(JSON.parse(ended.stdout).errors.connect).toBeGreaterThan(0);
  });
});
