import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BillMeter } from '../support/aws/meter.ts';
import { SagemakerLab } from '../support/aws/sagemaker-lab.ts';

const NAME = 'infersweep-a';
let lab: SagemakerLab;
let meter: BillMeter;
beforeEach(async () => {
  lab = await SagemakerLab.start({ start: () => ({ seconds: 300 }), hiddenSeconds: 5 });
  meter = new BillMeter(lab.aws, {
    instances: { 'ml.c7i.xlarge': 3.6, 'c7i.xlarge': 1.8 },
    volume: 0.36,
    fargate: { vcpu: 0.36, gib: 0.036 },
  });
});
afterEach(() => lab.close());

describe('the meter', () => {
  it('bills an endpoint from its create to the first listing that no longer shows it', async () => {
    const target = lab.target();
    await target.deploy(lab.request(NAME));
    lab.world.advance(1000);
    expect(meter.usd()).toBeCloseTo(1, 6);
    await target.ready(NAME);
    await target.destroy(NAME);
    // Gone after a minute, and nobody has looked.
    lab.world.advance(500);
    expect(meter.usd()).toBeCloseTo(1.5, 6);
    expect(meter.lines()).toMatchObject([{ kind: 'endpoint', untilMs: null }]);
    await target.list('run-1');
    lab.world.advance(5000);
    expect(meter.usd()).toBeCloseTo(1.5, 6);
    expect(meter.lines()).toMatchObject([{ untilMs: expect.any(Number), usdPerHour: 3.6 }]);
  });

  it('does not take a listing of other names for a look', async () => {
    await lab.target().deploy(lab.request(NAME));
    lab.world.advance(100);
    lab.world.things.clear();
    const { sagemaker } = (
      lab.target() as unknown as { options: { sagemaker: { listEndpoints(o: object): Promise<unknown> } } }
    ).options;
    await sagemaker.listEndpoints({ NameContains: 'other' });
    lab.world.advance(900);
    expect(meter.usd()).toBeCloseTo(1, 6);
  });

  it('bills a minute at least, and instances, volumes and tasks by their size', () => {
    lab.world.add('instance', 'i-1', { detail: { type: 'c7i.xlarge' } });
    lab.world.add('volume', 'vol-1');
    lab.world.add('task', 't-1', { detail: { vcpu: 2, memoryGib: 4 } });
    lab.world.advance(1);
    const usd = Object.fromEntries(meter.lines().map((line) => [line.kind, line.usd]));
    expect(usd['instance']).toBeCloseTo(0.03, 9);
    expect(usd['volume']).toBeCloseTo(0.006, 9);
    expect(usd['task']).toBeCloseTo((0.72 + 0.144) / 60, 9);
  });

  it('refuses to bill what it has no price for', () => {
    lab.world.add('instance', 'i-1', { detail: { type: 'p9.xlarge' } });
    expect(() => meter.usd()).toThrow('p9.xlarge');
  });
});
