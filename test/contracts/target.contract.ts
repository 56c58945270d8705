/** What every target must do with one deployment of the pure-Python reference runtime. */
import { describe, expect, it } from 'vitest';
import type { DeployRequest, ReadyState, Target } from '../../lib/core/ports/target.ts';

export interface TargetUnderTest {
  /** A target with nothing alive, as a new controller would see it. */
  open(): Target;
  request(name: string, runtime: 'reference' | 'broken'): DeployRequest;
}

async function settled(target: Target, name: string): Promise<ReadyState> {
  for (let looks = 0; ; looks++) {
    const state = await target.ready(name);
    if (state.state !== 'starting' || looks > 600) return state;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const names = async (target: Target, runId: string) => (await target.list(runId)).map((r) => r.name);

export function targetContract(name: string, make: () => TargetUnderTest): void {
  describe(`Target ${name}`, () => {
    it('deploys, gets ready, is listed, is destroyed, is gone', async () => {
      const under = make();
      const target = under.open();
      const request = under.request('life', 'reference');
      await target.deploy(request);
      const ready = await settled(target, 'life');
      expect(ready).toMatchObject({ state: 'ready', reason: null });
      expect(ready.startupSeconds).toBeGreaterThan(0);
      const answer = await fetch(`${ready.url}/v2/health/ready`);
      expect(answer.status).toBe(200);
      expect(await names(target, request.runId)).toEqual(['life']);
      await target.destroy('life');
      expect(await names(target, request.runId)).toEqual([]);
      await expect(fetch(`${ready.url}/v2/health/live`)).rejects.toThrow();
    });

    it('takes a second deploy of one name for the first', async () => {
      const under = make();
      const target = under.open();
      const request = under.request('twice', 'reference');
      await target.deploy(request);
      await target.deploy(request);
      await settled(target, 'twice');
      expect(await names(target, request.runId)).toEqual(['twice']);
      await target.destroy('twice');
    });

    it('takes destroying what never was, or is gone, for success', async () => {
      const target = make().open();
      await target.destroy('never-was');
      expect(await target.ready('never-was')).toMatchObject({ state: 'gone', url: null });
    });

    it('says why a deployment failed, with its last words', async () => {
      const under = make();
      const target = under.open();
      await target.deploy(under.request('broken', 'broken'));
      const state = await settled(target, 'broken');
      expect(state.state).toBe('failed');
      expect(state.reason).toMatch(/exit code|signal/);
      expect(await target.logs('broken')).not.toBe('');
      await target.destroy('broken');
    });

    it('is listed and destroyed by a controller that did not make it', async () => {
      const under = make();
      const request = under.request('orphan', 'reference');
      const first = under.open();
      await first.deploy(request);
      await settled(first, 'orphan');
      const second = under.open();
      expect(await names(second, request.runId)).toEqual(['orphan']);
      expect(await names(second, 'another-run')).toEqual([]);
      await second.destroy('orphan');
      expect(await names(second, request.runId)).toEqual([]);
    });
  });
}
