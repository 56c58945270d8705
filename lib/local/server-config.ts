/** What our own server is started with on this machine: its configuration file. */
import { paddingOf, servingOf } from '../core/catalog/serving.ts';
import { MODEL_NAME } from '../core/load/requests.ts';
import type { DeployRequest } from '../core/ports/target.ts';

export function serverConfig(
  o: DeployRequest,
  announce: string,
  serving = servingOf(o.deployment.configuration),
): object {
  const { parameters } = o.deployment.configuration;
  return {
    model: { name: MODEL_NAME, path: o.artifact || null },
    ...serving,
    host: '127.0.0.1',
    port: 0,
    announce,
    dieWithParent: true,
    ...(o.tokenizer === null ? {} : { tokenizer: { ...o.tokenizer, ...paddingOf(parameters) } }),
  };
}
