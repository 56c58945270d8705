import { describe, expect, it } from 'vitest';
import { carrierFor } from '../../bin/carrier-for.ts';
import { exitCodes } from '../../lib/cli/exit-codes.ts';
import type { CloudCarrier } from '../../lib/cli/kit.ts';
import { labDocument } from '../support/sites.ts';

const { sweep, controllerTask } = labDocument();
const labs = {
  both: { sweep, controllerTask },
  durable: { sweep, controllerTask: null },
  fargate: { sweep: null, controllerTask },
};

describe('what carries a run on AWS', () => {
  it.each<[keyof typeof labs, CloudCarrier | null, boolean, CloudCarrier | RegExp]>([
    ['both', null, true, 'durable'],
    ['both', null, false, 'fargate'],
    ['both', 'fargate', true, 'fargate'],
    // Said by hand, it is believed: the account may know better.
    ['both', 'durable', false, 'durable'],
    ['durable', null, true, 'durable'],
    ['durable', null, false, /no controller's task/],
    ['durable', 'fargate', true, /no controller's task/],
    ['fargate', null, true, 'fargate'],
    ['fargate', null, false, 'fargate'],
    ['fargate', 'durable', true, /without durable functions/],
  ])(
    'of a Lab with %s, %s being wanted and the region having durable functions: %s, is %s',
    async (lab, wanted, has, carrier) => {
      const chosen = carrierFor(labs[lab], wanted, async () => has);
      if (typeof carrier === 'string') expect(await chosen).toBe(carrier);
      else
        await expect(chosen).rejects.toMatchObject({
          message: expect.stringMatching(carrier),
          code: exitCodes.preflight,
        });
    },
  );
});
