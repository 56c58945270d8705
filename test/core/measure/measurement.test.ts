import { expect, it } from 'vitest';
import { type Measurement, measurementSchema } from '../../../lib/core/measure/measurement.ts';
import { capacityOf, configurationOf, measurementOf, secondOf } from '../../support/measurements.ts';

const measurement = measurementOf(configurationOf('plain'), [{ ratePerSecond: 10, latencyMs: 5 }]);

/** As it is read from a line. */
const read = (value: unknown): Measurement => measurementSchema.parse(JSON.parse(JSON.stringify(value)));

it('reads a measurement from before hosts told of themselves', () => {
  const stairs = measurement.stairs.map(({ utilisation: _, transfer: __, ...stair }) => stair);
  expect(read({ ...measurement, stairs })).toEqual(measurement);
  expect(measurement.stairs[0]).toMatchObject({ utilisation: null, transfer: { requestMs: null, replyMs: null } });
});

it('keeps the seconds, and refuses one of another form', () => {
  const withSeconds = (second: object) => ({
    ...measurement,
    stairs: measurement.stairs.map((stair) => ({
      ...stair,
      utilisation: { capacity: capacityOf(), seconds: [[second]] },
    })),
  });
  const whole = withSeconds(secondOf({ acceleratorBusy: [0.5, null] }));
  expect(read(whole)).toEqual(whole);
  expect(() => read(withSeconds({ ...secondOf(), gpuUtilization: 97 }))).toThrow();
});
