import { afterAll, beforeAll } from 'vitest';
import type { Target } from '../../lib/core/ports/target.ts';
import { Ec2Lab } from '../support/aws/ec2-lab.ts';
import { ServeLauncher } from '../support/aws/serve-launcher.ts';
import { targetContract } from './target.contract.ts';

let lab: Ec2Lab;
let ticking: NodeJS.Timeout;
const launcher = new ServeLauncher();
beforeAll(async () => {
  lab = await Ec2Lab.start({ launcher });
  // Sixty seconds in one.
  ticking = setInterval(() => lab.aws.world.advance(3), 50);
});
afterAll(async () => {
  clearInterval(ticking);
  await lab.aws.close();
  launcher.close();
});
let n = 0;

/** EC2 takes its time to end what it was told to end, and the contract looks at once: this one waits, as the workflow does. */
function patient(target: Target, runId: string): Target {
  return Object.assign(Object.create(target) as Target, {
    destroy: async (name: string) => {
      for (let looks = 0; looks < 200; looks++) {
        await target.destroy(name);
        if (!(await target.list(runId)).some((r) => r.name === name)) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      throw new Error(`${name} is still listed`);
    },
  });
}

targetContract('on the loopback EC2, with real servers', () => {
  const runId = `contract-${n++}`;
  return {
    open: () => patient(lab.target(runId), runId),
    request: (name, runtime) => {
      const { parameters } = lab.request(name).deployment.configuration;
      return lab.request(name, {
        runId,
        parameters: runtime === 'broken' ? { ...parameters, nonsense: 1 } : parameters,
      });
    },
  };
});
