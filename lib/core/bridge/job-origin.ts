/** What a job measured for whom: written into its description, because its answer names the configuration nowhere. */

const MOST_CHARACTERS = 128;
const PATTERN = /^infersweep configuration=(\S+) experiment=(\S+)$/;

export function jobDescription(experiment: string, configuration: string): string {
  return `infersweep configuration=${configuration} experiment=${experiment}`.slice(0, MOST_CHARACTERS);
}

/** Name of the configuration; null for a job that the kit did not export. */
export function configurationIn(description: string | null): string | null {
  return PATTERN.exec(description ?? '')?.[1] ?? null;
}
