/** `-c experiment=FILE`: the instance types that may be started at all, and the families that hosts are made for. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageFolder } from '../lib/constructs/package-folder.ts';
import { instanceOf } from '../lib/core/catalog/instance.ts';
import { readExperiment } from '../lib/files/read-experiment.ts';
import { tracesBeside } from '../lib/files/trace-files.ts';
import { ContextError } from './app-context.ts';

/** The experiment behind the recommendation that is deployed without context. */
export const exampleExperiment = join(packageFolder, 'examples', 'triton-instance-sweep', 'experiment.yaml');

export interface Allowed {
  /** As each target spells them: `ml.g4dn.xlarge`, `c7g.4xlarge`. */
  instanceTypes: string[];
  /** EC2 families of the ec2 target; empty when it has none. */
  families: string[];
}

export function allowedBy(file: string): Allowed {
  const path = existsSync(join(file, 'experiment.yaml')) ? join(file, 'experiment.yaml') : file;
  if (!existsSync(path)) throw new ContextError(`no experiment at ${path}. Write one with: infersweep init`);
  const read = readExperiment(readFileSync(path, 'utf8'), tracesBeside(dirname(path)));
  if (!read.ok)
    throw new ContextError(`${path} is not an experiment of this version. See: infersweep validate ${path}`);
  const pairs = read.experiment.targets.flatMap((t) => t.instanceTypes.map((type) => [t.target, type] as const));
  const instanceTypes = [...new Set(pairs.filter(([target]) => target !== 'local').map(([, type]) => type))];
  if (instanceTypes.length === 0)
    throw new ContextError(
      `${path} names no instance type of AWS: nothing would be allowed. Add a sagemaker or an ec2 target.`,
    );
  const families = pairs.flatMap(([target, type]) => (target === 'ec2' ? [instanceOf('ec2', type)!.family] : []));
  return { instanceTypes, families: [...new Set(families)] };
}
