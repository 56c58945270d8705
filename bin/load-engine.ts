/** The load engine as a process that can sign for AWS, with the credentials of its environment. */
import { runAsProcess } from '../lib/load/load-process.ts';

await runAsProcess(process.argv.slice(2), async () => {
  // Only here: a load that signs nothing starts without the SDK.
  const { requestSigner, taskCredentials } = await import('../lib/aws/sign-requests.ts');
  return requestSigner(taskCredentials());
});
