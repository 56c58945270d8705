/**
 * `node containers/loadgen/bundle.mjs [FOLDER]`, after a build: everything that the image needs besides Node, in app/. The SDK is inside:
 * the image installs nothing. `main.js` is the engine alone, without a package, for loads that sign nothing;
 * `controller-task.js` drives a run, where a task does.
 */
import { copyFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const built = [
  'bin/load-task',
  'bin/load-engine',
  'lib/load/main',
  'lib/load/ticker-worker',
  'lib/load/load-worker',
  'lambda/controller-task',
];
const { version } = JSON.parse(readFileSync(here('../../package.json'), 'utf8'));
const app = process.argv[2] ?? here('./app');
rmSync(app, { recursive: true, force: true });
await build({
  entryPoints: built.map((path) => ({ in: here(`../../dist/${path}.js`), out: path.split('/').at(-1) })),
  outdir: app,
  bundle: true,
  minify: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  legalComments: 'none',
  define: { KIT_VERSION: JSON.stringify(version) },
  // The SDK's own modules can be shaken; the rest of it is CommonJS and asks for `require`.
  mainFields: ['module', 'main'],
  conditions: ['module'],
  banner: { js: "import{createRequire as __require}from'node:module';const require=__require(import.meta.url);" },
});
writeFileSync(join(app, 'package.json'), '{ "type": "module" }\n');
for (const entry of ['run.mjs', 'controller.mjs']) copyFileSync(here(`./${entry}`), join(app, entry));
// Not on stdout: that is `npm pack --json`'s while it prepares the package.
for (const path of built) {
  const name = `${path.split('/').at(-1)}.js`;
  console.error(`${name} ${Math.ceil(statSync(join(app, name)).size / 1024)} KiB`);
}
