/** Where a generator's job and what it says of it lie in an object store: all in one folder, which it is told. */

export interface JobKeys {
  job: string;
  /** A LoadProgress with `updatedMs`, rewritten every few seconds. */
  progress: string;
  /** A LoadResult, written once. */
  result: string;
  /** Last words of a generator that ended without a result. */
  error: string;
}

/** @param folder words of letters, digits, dots and dashes, between slashes */
export function jobKeys(folder: string): JobKeys {
  if (!/^[0-9A-Za-z.-]+(\/[0-9A-Za-z.-]+)*$/.test(folder)) {
    throw new RangeError(
      `job folder ${JSON.stringify(folder)}: expected words of letters, digits, dots and dashes between slashes`,
    );
  }
  return {
    job: `${folder}/job.json`,
    progress: `${folder}/progress.json`,
    result: `${folder}/result.json`,
    error: `${folder}/error.txt`,
  };
}
