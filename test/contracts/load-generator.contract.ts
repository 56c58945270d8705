/** What every load generator must do with one job. The server that is loaded counts for itself. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LoadJob, type LoadResult, loadResultSchema } from '../../lib/core/load/job.ts';
import type { LoadGenerator, LoadState } from '../../lib/core/ports/load-generator.ts';
import { endpointOf, jobOf, segmentOf } from '../support/load-job.ts';

export interface GeneratorUnderTest {
  generator: LoadGenerator;
  /** Tags of what the job loads. */
  tags: { [key: string]: string };
  /** Object under a result's key; null when absent. */
  result(key: string): Promise<string | null>;
  /** Ends the job's process as an accident would. */
  kill(handle: string): void;
}

const SECONDS_AT_MOST = 600;

async function settled({ generator }: GeneratorUnderTest, handle: string): Promise<LoadState> {
  for (let looks = 0; looks < 1200; looks++) {
    const state = await generator.check(handle);
    if (state.state !== 'running') return state;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${handle} still runs`);
}

export function loadGeneratorContract(name: string, make: () => GeneratorUnderTest): void {
  describe(`LoadGenerator ${name}`, () => {
    let server: Server;
    let answered = 0;
    beforeAll(async () => {
      server = createServer((request, response) => {
        request.resume().on('end', () => {
          answered += 1;
          response.setHeader('content-type', 'application/json');
          response.end('{"outputs":[]}');
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    });
    afterAll(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const job = (id: string, seconds = 1): LoadJob => {
      answered = 0;
      return jobOf(url(), [segmentOf({ kind: 'constant', ratePerSecond: 100 }, seconds)], { id, requestLog: false });
    };
    const resultOf = async (under: GeneratorUnderTest, state: LoadState): Promise<LoadResult> => {
      if (state.state !== 'done') throw new Error(`not done: ${JSON.stringify(state)}`);
      return loadResultSchema.parse(JSON.parse((await under.result(state.resultKey))!));
    };
    const untilLoaded = async () => {
      for (let looks = 0; answered === 0 && looks < 600; looks++) await new Promise((r) => setTimeout(r, 50));
      expect(answered).toBeGreaterThan(0);
    };

    it('runs a job to its end and leaves what it measured', async () => {
      const under = make();
      const handle = await under.generator.start(job('run/to-the-end'), under.tags);
      expect((await under.generator.check(handle)).state).toBe('running');
      const state = await settled(under, handle);
      const { id, segments } = await resultOf(under, state);
      expect(id).toBe('run/to-the-end');
      expect(segments[0]).toMatchObject({ requests: answered, good: answered, aborted: null });
      expect(answered).toBeGreaterThan(50);
      expect(await under.generator.check(handle)).toMatchObject({ state: 'done' });
    });

    it('runs a job once that is started twice', async () => {
      const under = make();
      const twice = job('run/twice');
      const handles = [await under.generator.start(twice, under.tags), await under.generator.start(twice, under.tags)];
      expect(handles[1]).toBe(handles[0]);
      const { segments } = await resultOf(under, await settled(under, handles[0]!));
      expect(await under.generator.start(twice, under.tags)).toBe(handles[0]);
      expect(segments[0]!.requests).toBe(answered);
    });

    it('ends early when told to, and leaves what it has measured', async () => {
      const under = make();
      const handle = await under.generator.start(job('run/stopped', 300), under.tags);
      await untilLoaded();
      await under.generator.stop(handle);
      const { segments } = await resultOf(under, await settled(under, handle));
      expect(segments[0]).toMatchObject({ aborted: 'stopped' });
      expect(segments[0]!.requests).toBeGreaterThan(0);
      await under.generator.stop(handle);
    });

    it('says why a job cannot be run', async () => {
      const under = make();
      const bad = { ...job('run/bad'), endpoints: { e: endpointOf('ftp://nowhere') } };
      const state = await settled(under, await under.generator.start(bad, under.tags));
      expect(state).toMatchObject({ state: 'failed', reason: expect.stringMatching(/exit 2.*ftp/) });
    });

    it('is lost when its process dies, and no number is left', async () => {
      const under = make();
      const handle = await under.generator.start(job('run/killed', 300), under.tags);
      await untilLoaded();
      under.kill(handle);
      expect(await settled(under, handle)).toEqual({ state: 'lost' });
    });

    it('takes what never was for lost, and stopping it for success', async () => {
      const under = make();
      await under.generator.stop('never-was');
      expect(await under.generator.check('never-was')).toEqual({ state: 'lost' });
    });

    it('costs no more than it said', async () => {
      const under = make();
      const billed = job('run/billed');
      const atMost = under.generator.usdAtMost?.(billed, SECONDS_AT_MOST) ?? 0;
      const state = await settled(under, await under.generator.start(billed, under.tags));
      const usd = (state.state === 'done' && state.usd) || 0;
      expect(usd).toBeLessThanOrEqual(atMost);
      expect(usd > 0).toBe(under.generator.usdAtMost !== undefined);
    });
  });
}
