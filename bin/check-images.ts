/** `node dist/bin/check-images.js [--release]`: warns of pins whose support ends; with `--release` one that ended is exit 1. */
import { fileURLToPath } from 'node:url';
import { releaseRefused, supportFindings } from '../lib/core/catalog/image-support.ts';
import { readImagesLock } from '../lib/files/read-images-lock.ts';

const lock = readImagesLock(fileURLToPath(new URL('../../containers/', import.meta.url)));
const findings = supportFindings(lock, new Date().toISOString().slice(0, 10));
for (const { state, message } of findings) console.error(`${state === 'ended' ? 'error' : 'warning'}: ${message}`);
const undigested = lock.images.filter((i) => i.digest === null).length;
console.error(
  `${lock.images.length} images, ${lock.images.length - undigested} pinned by digest, ${findings.length} near or past their end`,
);
process.exitCode = process.argv.includes('--release') && releaseRefused(findings) ? 1 : 0;
