/** What the CDK app is told by `-c key=value`. Every error says what to type next. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Recommendation, recommendationSchema } from '../lib/core/recommend/recommendation.ts';
import { quotaWarnings } from '../lib/core/scale/fleet.ts';
import { explain } from '../lib/core/spec/explain.ts';
import { pathText } from '../lib/core/spec/issue.ts';
import { nearest } from '../lib/core/spec/nearest.ts';

/** The package's own, so that it does not matter where the app is started. */
const root = fileURLToPath(new URL('../../', import.meta.url));
const example = join(root, 'examples', 'triton-instance-sweep', 'recommendation.json');

export type Context = (key: string) => unknown;

/** An ending the user can act on; printed without a stack. */
export class ContextError extends Error {}

/** What the app reads; see the head of `app.ts`. */
const KEYS = ['recommendation', 'image', 'model', 'quota', 'env'];

/** A misspelt key would be ignored, and the example deployed instead of what was meant. */
export function refuseMisspelt(given: readonly string[]): void {
  for (const key of given) {
    const meant = KEYS.includes(key) || /[@:]/.test(key) ? null : nearest(key, KEYS);
    if (meant !== null)
      throw new ContextError(
        `-c ${key}= is nothing that this app reads; did you mean ${meant}? It reads: ${KEYS.join(', ')}.`,
      );
  }
}

/** `-c recommendation=FILE`, seen from the caller's folder. */
export function recommendationOf(context: Context): Recommendation {
  const given = textOf(context, 'recommendation');
  const file = given === null ? example : resolve(given);
  const document = parse(file, given !== null);
  const read = recommendationSchema.safeParse(document);
  if (read.success) return read.data;
  const issues = read.error.issues.flatMap((found) => explain(found, document, recommendationSchema));
  throw new ContextError(
    [
      `${file} is not a recommendation of this version:`,
      ...issues.slice(0, 5).map(({ path, message }) => `  ${pathText(path) || 'document'}: ${message}`),
      'Make it again with `infersweep recommend <run> --json > recommendation.json`.',
    ].join('\n'),
  );
}

/** `-c env=ACCOUNT/REGION`, or `-c env=cli` for what the CDK CLI is logged in to; without it the template fits any. */
export function environmentOf(context: Context): { account: string; region: string } | undefined {
  const given = textOf(context, 'env');
  if (given === null) return undefined;
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
  if (given === 'cli') {
    if (account && region) return { account, region };
    throw new ContextError(
      '-c env=cli needs credentials and a region, and the CDK CLI found none. Log in, or name it: -c env=123456789012/us-east-1',
    );
  }
  const parts = /^(?:aws:\/\/)?(\d{12})\/([a-z]{2}(?:-[a-z]+)+-\d)$/.exec(given);
  if (parts) return { account: parts[1]!, region: parts[2]! };
  throw new ContextError(
    `-c env=${given} is not an environment. Expected ACCOUNT/REGION (123456789012/us-east-1), or cli for the one you are logged in to.`,
  );
}

/**
 * `-c quota=N`: instances of the chosen type that the account may run. A fleet that could grow beyond would be refused by
 * SageMaker only under load; one that starts beyond never comes up.
 */
export function withinQuota(recommendation: Recommendation, context: Context): Recommendation {
  const given = textOf(context, 'quota');
  if (given === null) return recommendation;
  const quota = Number(given);
  if (!Number.isInteger(quota) || quota < 1)
    throw new ContextError(`-c quota=${given} is not a number of instances. Expected a whole number from 1.`);
  const { scaling, deploy } = recommendation;
  if (scaling === null) return recommendation;
  if (scaling.initialCapacity > quota) {
    throw new ContextError(
      `the fleet starts with ${scaling.initialCapacity} x ${deploy?.instanceType}, and the quota is ${quota}. ` +
        `Request ${scaling.maxCapacity} for "${deploy?.instanceType} for endpoint usage" in Service Quotas, or lower demand: in the experiment and recommend again.`,
    );
  }
  const unread = quotaWarnings(scaling.maxCapacity, null);
  return {
    ...recommendation,
    scaling: { ...scaling, maxCapacity: Math.min(scaling.maxCapacity, quota) },
    warnings: [
      ...recommendation.warnings.filter((warning) => !unread.includes(warning)),
      ...quotaWarnings(scaling.maxCapacity, quota),
    ],
  };
}

/** `bucket/prefix/` of a model that is not packed; null for an archive or none. */
export function modelPrefix(model: string | null): string | null {
  return model?.endsWith('/') ? model.replace(/^s3:\/\//, '') : null;
}

/** A context value given on the command line; null without it. */
export function textOf(context: Context, key: string): string | null {
  const value = context(key);
  if (value === undefined) return null;
  if (typeof value === 'string' && value !== '') return value;
  throw new ContextError(`-c ${key}= needs a value.`);
}

function parse(file: string, given: boolean): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ContextError(
      `no recommendation at ${file} (${(error as NodeJS.ErrnoException).code}).\n` +
        `${given ? 'Make it' : 'Name one with -c recommendation=FILE, made'} by \`infersweep recommend <run> --json > recommendation.json\`.`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ContextError(
      `${file} is not JSON: ${(error as Error).message}.\nMake it again with \`infersweep recommend <run> --json > recommendation.json\`.`,
    );
  }
}
