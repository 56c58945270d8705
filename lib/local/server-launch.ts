/** The kit's own server as a process: its configuration written, and the command that serves it. */
import { join } from 'node:path';
import { type Serving, servingOf } from '../core/catalog/serving.ts';
import { MODEL_NAME } from '../core/load/requests.ts';
import type { DeployRequest } from '../core/ports/target.ts';
import { writeDurably } from './durable-write.ts';
import { type Interpreter, instanceMark, type Launch } from './launch.ts';
import type { LocalPreparer } from './local-preparer.ts';
import { serverConfig } from './server-config.ts';

export interface ServerRequest {
  deploy: DeployRequest;
  /** Folder of the deployment: the configuration and the announcement lie there. */
  folder: string;
  /** Folder that holds the server package. */
  server: string;
  environment: Interpreter;
  preparer: Pick<LocalPreparer, 'packages'>;
}

export function launchServer(o: ServerRequest): Promise<Launch> {
  return launchServing(o, 'server', servingOf(o.deploy.deployment.configuration));
}

/** A front tokenises and pads, and Triton behind it computes: a worker for each request on its way, as source 001 had it. */
export function launchFront(o: ServerRequest, upstream: string): Promise<Launch> {
  const { frontWorkers } = o.deploy.deployment.configuration.parameters;
  return launchServing(o, 'front', {
    adapter: 'triton-proxy',
    parameters: { url: upstream, model: MODEL_NAME, connections: 1 },
    gunicorn: { workers: frontWorkers, threads: 1 },
  });
}

async function launchServing(o: ServerRequest, role: Launch['role'], serving: Serving): Promise<Launch> {
  const { runId, name } = o.deploy;
  const file = join(o.folder, 'config.json');
  const config = serverConfig(o.deploy, join(o.folder, 'announce.json'), serving);
  writeDurably(file, JSON.stringify(config, null, 2));
  const packages = [o.server, o.environment.pythonPath, serving.gunicorn && (await o.preparer.packages('gunicorn'))];
  return {
    role,
    command: [
      o.environment.python,
      '-m',
      'infersweep_server',
      '--config',
      file,
      '--instance',
      instanceMark(runId, name),
    ],
    env: { PYTHONPATH: packages.filter(Boolean).join(':'), PYTHONDONTWRITEBYTECODE: '1' },
  };
}
