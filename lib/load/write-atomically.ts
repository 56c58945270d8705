/** Replaces a file in one step: a reader sees the old content or the new one, never a part. */
import { open, rename } from 'node:fs/promises';

/** @param durable also survive a power cut, at the price of a disk flush */
export async function writeAtomically(path: string, content: string, durable: boolean): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  const file = await open(draft, 'w');
  try {
    await file.writeFile(content);
    if (durable) await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}
