import { afterAll, beforeAll } from 'vitest';
import { kitServers } from '../support/aws/container-launcher.ts';
import { SagemakerLab } from '../support/aws/sagemaker-lab.ts';
import { signedPost } from '../support/aws/signed-fetch.ts';
import { targetContract } from './target.contract.ts';

const servers = kitServers();
let lab: SagemakerLab;
beforeAll(async () => {
  lab = await SagemakerLab.start({ launcher: servers.launcher, start: () => ({ seconds: 200 }) });
});
afterAll(async () => {
  await lab.close();
  servers.close();
});
let n = 0;

const body = JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 8], data: Array(8).fill(0.5) }] });

targetContract('on the loopback SageMaker, with real servers', () => {
  const runId = `contract-${n++}`;
  return {
    open: () => lab.target(runId),
    request: (name, runtime) => {
      const { parameters } = lab.request(name).deployment.configuration;
      return lab.request(name, {
        runId,
        parameters: runtime === 'broken' ? { ...parameters, nonsense: 1 } : parameters,
      });
    },
    kinds: ['endpoint', 'endpoint-config', 'model'],
    pass: async () => lab.world.advance(15),
    answers: async ({ url, access }) => (await signedPost(url!, access!.path, access!.signing, body)).status === 200,
  };
});
