/** What every target must do with one deployment of the pure-Python reference runtime. */
import { describe, expect, it } from 'vitest';
import { inPlaceSettings } from '../../lib/core/catalog/in-place.ts';
import type { PlannedDeployment } from '../../lib/core/plan/plan.ts';
import type { DeployRequest, ReadyState, Target } from '../../lib/core/ports/target.ts';

export interface TargetUnderTest {
  /** A target with nothing alive, as a new controller would see it. */
  open(): Target;
  request(name: string, runtime: 'reference' | 'broken'): DeployRequest;
  /** Kinds of what one deployment consists of, in the order of a listing. Default: one of whatever kind. */
  kinds?: readonly string[];
  /** Of a target that changes settings in place: what a deployment of `reference` can serve, and what it cannot. */
  inPlace?: { can: readonly PlannedDeployment[]; cannot: PlannedDeployment };
  /** Passes time between two looks. Default: 50 ms of real time. */
  pass?(): Promise<void>;
  /** Sends the smallest request that only a live deployment answers well. Default: its own health at its url. */
  answers?(ready: ReadyState): Promise<boolean>;
}

const LOOKS = 600;
const briefly = () => new Promise<void>((resolve) => setTimeout(resolve, 50));
const answersHealth = ({ url }: ReadyState) =>
  fetch(`${url}/v2/health/ready`).then(
    ({ status }) => status === 200,
    () => false,
  );

async function settled({ pass = briefly }: TargetUnderTest, target: Target, name: string): Promise<ReadyState> {
  for (let looks = 0; ; looks++) {
    const state = await target.ready(name);
    if (state.state !== 'starting' || looks > LOOKS) return state;
    await pass();
  }
}

/** As the workflow does: destroyed until nothing of the name is listed, or too often. */
async function destroyed({ pass = briefly }: TargetUnderTest, target: Target, runId: string, name: string) {
  for (let looks = 0; ; looks++) {
    await target.destroy(name);
    const left = await names(target, runId);
    if (!left.includes(name)) return left;
    if (looks > LOOKS) throw new Error(`${name} is still listed`);
    await pass();
  }
}

/** What a listing of one deployment says, name by name: a second copy of anything would be one more. */
const all = ({ kinds = ['one'] }: TargetUnderTest, name: string) => kinds.map(() => name);

const names = async (target: Target, runId: string) => (await target.list(runId)).map((r) => r.name);

export function targetContract(name: string, make: () => TargetUnderTest): void {
  describe(`Target ${name}`, () => {
    it('deploys, gets ready, is listed, is destroyed, is gone', async () => {
      const under = make();
      const target = under.open();
      const request = under.request('infersweep-life', 'reference');
      await target.deploy(request);
      const ready = await settled(under, target, 'infersweep-life');
      expect(ready).toMatchObject({ state: 'ready', reason: null });
      expect(ready.startupSeconds).toBeGreaterThan(0);
      const answers = under.answers ?? answersHealth;
      expect(await answers(ready)).toBe(true);
      expect(await names(target, request.runId)).toEqual(all(under, 'infersweep-life'));
      if (under.kinds) expect((await target.list(request.runId)).map((r) => r.kind)).toEqual(under.kinds);
      expect(await destroyed(under, target, request.runId, 'infersweep-life')).toEqual([]);
      expect(await answers(ready)).toBe(false);
      expect(await target.ready('infersweep-life')).toMatchObject({ state: 'gone', url: null });
    });

    it('takes a second deploy of one name for the first', async () => {
      const under = make();
      const target = under.open();
      const request = under.request('infersweep-twice', 'reference');
      await target.deploy(request);
      await target.deploy(request);
      await settled(under, target, 'infersweep-twice');
      expect(await names(target, request.runId)).toEqual(all(under, 'infersweep-twice'));
      expect(await destroyed(under, target, request.runId, 'infersweep-twice')).toEqual([]);
    });

    it('takes destroying what never was, or is gone, for success', async () => {
      const target = make().open();
      await target.destroy('infersweep-never-was');
      expect(await target.ready('infersweep-never-was')).toMatchObject({ state: 'gone', url: null });
    });

    it('says why a deployment failed, with its last words', async () => {
      const under = make();
      const target = under.open();
      const request = under.request('infersweep-broken', 'broken');
      await target.deploy(request);
      const state = await settled(under, target, 'infersweep-broken');
      expect(state.state).toBe('failed');
      expect(state.reason).toMatch(/exit code|signal|health check/);
      expect(state.reason).toContain('nonsense');
      expect(await target.logs('infersweep-broken')).not.toBe('');
      expect(await destroyed(under, target, request.runId, 'infersweep-broken')).toEqual([]);
    });

    it('is listed and destroyed by a controller that did not make it', async () => {
      const under = make();
      const request = under.request('infersweep-orphan', 'reference');
      const first = under.open();
      await first.deploy(request);
      await settled(under, first, 'infersweep-orphan');
      const second = under.open();
      expect(await names(second, request.runId)).toEqual(all(under, 'infersweep-orphan'));
      expect(await names(second, 'another-run')).toEqual([]);
      expect(await destroyed(under, second, request.runId, 'infersweep-orphan')).toEqual([]);
    });

    it('changes in place what it can as often as it is asked, and nothing else', async () => {
      const under = make();
      const target = under.open();
      const { inPlace } = under;
      expect(target.reconfigure !== undefined, 'a target that can says with what').toBe(inPlace !== undefined);
      if (!inPlace) return;
      const request = under.request('infersweep-changed', 'reference');
      const other = inPlace.can[0]!;
      expect(await target.reconfigure!('infersweep-changed', other)).toMatchObject({ state: 'refused' });
      await target.deploy(request);
      const before = await settled(under, target, 'infersweep-changed');
      expect(before.settings).toEqual(inPlaceSettings(request.deployment.configuration));
      for (const deployment of [...inPlace.can, inPlace.can.at(-1)!, request.deployment]) {
        expect(await target.reconfigure!('infersweep-changed', deployment)).toEqual({ state: 'in-force' });
        const after = await target.ready('infersweep-changed');
        expect(after).toMatchObject({ state: 'ready', url: before.url, startupSeconds: before.startupSeconds });
        expect(after.settings).toEqual(inPlaceSettings(deployment.configuration));
        expect(after.facts).toMatchObject(after.settings!);
        expect(await (under.answers ?? answersHealth)(after)).toBe(true);
      }
      const { state } = await target.reconfigure!('infersweep-changed', inPlace.cannot);
      expect(state).toBe('refused');
      expect((await target.ready('infersweep-changed')).settings).toEqual(before.settings);
      expect(await names(target, request.runId)).toEqual(all(under, 'infersweep-changed'));
      expect(await destroyed(under, target, request.runId, 'infersweep-changed')).toEqual([]);
      expect(await target.reconfigure!('infersweep-changed', other)).toMatchObject({ state: 'refused' });
    });
  });
}
