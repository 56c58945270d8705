/** What a model is, in the words that Inference Recommender has for it. */

/** BC (botocore 0e6e2404), RecommendationJobContainerConfig: Task and Domain. */
export const jobTasks = [
  'IMAGE_CLASSIFICATION',
  'OBJECT_DETECTION',
  'TEXT_GENERATION',
  'IMAGE_SEGMENTATION',
  'FILL_MASK',
  'CLASSIFICATION',
  'REGRESSION',
  'OTHER',
] as const;
export type JobTask = (typeof jobTasks)[number];
export type JobDomain = 'COMPUTER_VISION' | 'NATURAL_LANGUAGE_PROCESSING' | 'MACHINE_LEARNING';

/** Tasks on text whose names are not the service's. */
const texts: Readonly<Record<string, JobTask>> = {
  'text-classification': 'CLASSIFICATION',
  'token-classification': 'CLASSIFICATION',
  'text2text-generation': 'TEXT_GENERATION',
  summarization: 'TEXT_GENERATION',
  translation: 'TEXT_GENERATION',
  'feature-extraction': 'OTHER',
};

/** From an experiment's `model.task`, which is spelt as model hubs spell it. */
export function jobTask(task: string | null): JobTask {
  if (task === null) return 'OTHER';
  const spelt = task.toUpperCase().replaceAll('-', '_');
  return texts[task] ?? jobTasks.find((t) => t === spelt) ?? 'OTHER';
}

export function jobDomain(task: string | null): JobDomain {
  const kind = jobTask(task);
  if (kind.startsWith('IMAGE_') || kind === 'OBJECT_DETECTION') return 'COMPUTER_VISION';
  const isText = kind === 'TEXT_GENERATION' || kind === 'FILL_MASK' || (task !== null && task in texts);
  return isText ? 'NATURAL_LANGUAGE_PROCESSING' : 'MACHINE_LEARNING';
}
