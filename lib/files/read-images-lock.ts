/** The one place where `containers/images.lock.json` is read. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ImagesLock, imagesLockSchema } from '../core/catalog/image.ts';

/** @param containers the folder `containers/` of the package. @throws Error with every issue and its place. */
export function readImagesLock(containers: string): ImagesLock {
  const file = join(containers, 'images.lock.json');
  const parsed = imagesLockSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((i) => `${i.path.join('.') || '(root)'}: ${i.message}`);
  throw new Error(`${file} is invalid: ${issues.join('; ')}`);
}
