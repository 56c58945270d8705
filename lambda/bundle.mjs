/**
 * Bundles every `lambda/<name>/handler.ts` to `dist/lambda-bundles/<name>/index.mjs`, from the sources. Functions are
 * deployed as these files stand (`Code.fromAsset`), so a published kit needs no bundler. The SDK stays outside, for Lambda
 * brings it; the durable SDK is inside, as its makers advise.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const names = readdirSync(import.meta.dirname, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? e.name : []));

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

await build({
  entryPoints: names.map((name) => ({ in: join(root, 'lambda', name, 'handler.ts'), out: `${name}/index` })),
  outdir: join(root, 'dist', 'lambda-bundles'),
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  // The oldest Node that the suites run on; Lambda has 24.
  target: 'node20',
  external: ['@aws-sdk/*', '@smithy/*'],
  define: { KIT_VERSION: JSON.stringify(version) },
  charset: 'utf8',
  // One absolute path in the output and the asset's hash would differ from machine to machine.
  absWorkingDir: root,
});
