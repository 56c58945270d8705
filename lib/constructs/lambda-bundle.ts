import { basename, dirname, join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';

/** Code of `lambda/<name>`, as `npm run build` bundled it: the same folder for sources and for what is built from them. */
export function lambdaBundle(name: string): Code {
  const lib = dirname(import.meta.dirname);
  const built = basename(dirname(lib)) === 'dist' ? dirname(lib) : join(dirname(lib), 'dist');
  return Code.fromAsset(join(built, 'lambda-bundles', name));
}
