/** `node containers/loadgen/bundle.mjs`, after a build: the load engine and its clock's thread, without any package, in app/. */
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
rmSync(here('./app'), { recursive: true, force: true });
await build({
  entryPoints: [here('../../dist/lib/load/main.js'), here('../../dist/lib/load/ticker-worker.js')],
  outdir: here('./app'),
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  legalComments: 'none',
});
writeFileSync(here('./app/package.json'), '{ "type": "module" }\n');
copyFileSync(here('./run.mjs'), here('./app/run.mjs'));
