/** What the CDK app is told by `-c key=value`. Every error says what to type next. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PROMOTED } from '../lib/cli/promoted-file.ts';
import { packageFolder } from '../lib/constructs/package-folder.ts';
import { type Recommendation, recommendationSchema } from '../lib/core/recommend/recommendation.ts';
import { explain } from '../lib/core/spec/explain.ts';
import { pathText } from '../lib/core/spec/issue.ts';
import { nearest } from '../lib/core/spec/nearest.ts';

/** The package's own, so that it does not matter where the app is started. */
const example = join(packageFolder, 'examples', 'triton-instance-sweep', 'recommendation.json');

export type Context = (key: string) => unknown;

/** An ending the user can act on; printed without a stack. */
export class ContextError extends Error {}

/** What the app reads; see the head of `app.ts`. */
const KEYS = [
  'recommendation',
  'image',
  'model',
  'quota',
  'experiment',
  'comparison',
  'network',
  'durable',
  'vpc',
  'env',
];

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

/** `-c recommendation=FILE`, seen from the caller's folder; else what was promoted there; else the example. */
export function recommendationOf(context: Context, folder = process.cwd()): Recommendation {
  const given = textOf(context, 'recommendation');
  if (given !== null) return readRecommendation(resolve(folder, given));
  const promoted = promotedBelow(folder);
  return promoted === null ? readRecommendation(example, false) : readRecommendation(promoted);
}

/** The one file that `infersweep promote` wrote; null without any. @throws ContextError when there are several */
function promotedBelow(folder: string): string | null {
  const below = join(folder, PROMOTED);
  const files = existsSync(below) ? readdirSync(below).filter((name) => name.endsWith('.json')) : [];
  if (files.length <= 1) return files.length === 0 ? null : join(below, files[0]!);
  throw new ContextError(
    `${below} holds ${files.length} promoted recommendations (${files.join(', ')}). Name one: -c recommendation=${join(PROMOTED, files[0]!)}`,
  );
}

/** @param given whether the user named the file, for the error's next step */
export function readRecommendation(file: string, given = true): Recommendation {
  const document = parse(file, given);
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

/** `-c quota=N`: instances of the chosen type that the account may run; undefined when it was not read. */
export function quotaOf(context: Context): number | undefined {
  const given = textOf(context, 'quota');
  if (given === null) return undefined;
  const quota = Number(given);
  if (Number.isInteger(quota) && quota >= 1) return quota;
  throw new ContextError(`-c quota=${given} is not a number of instances. Expected a whole number from 1.`);
}

/** `-c durable=no`: Lambda in the region has no durable functions, and CloudFormation would refuse them. */
export function durableOf(context: Context): boolean {
  const given = textOf(context, 'durable') ?? 'yes';
  if (given === 'yes' || given === 'no') return given === 'yes';
  throw new ContextError(
    `-c durable=${given} is neither yes nor no. Expected no where Lambda in the region has no durable functions (infersweep doctor --aws says), else nothing.`,
  );
}

/** `-c network=public|isolated`, of the lab and of preparations. */
export function networkOf(context: Context): 'public' | 'isolated' | undefined {
  const given = textOf(context, 'network');
  if (given === null || given === 'public' || given === 'isolated') return given ?? undefined;
  throw new ContextError(
    `-c network=${given} is no network. Expected public (no NAT, nothing to pay while idle) or isolated (no way out, interface endpoints by the hour); for one of your own use -c vpc=vpc-… with -c env=ACCOUNT/REGION.`,
  );
}

/** `-c vpc=vpc-…`: a network that is there already; the CDK CLI looks it up once, so the environment must be named. */
export function vpcOf(context: Context): string | null {
  const given = textOf(context, 'vpc');
  if (given === null) return null;
  if (!/^vpc-[0-9a-f]{8,17}$/.test(given))
    throw new ContextError(`-c vpc=${given} is not the id of a VPC: vpc-0123456789abcdef0.`);
  if (context('network') !== undefined)
    throw new ContextError('-c vpc= and -c network= are two answers to one question. Leave one out.');
  if (context('env') === undefined)
    throw new ContextError(
      `-c vpc=${given} is looked up in an account: name it, -c env=123456789012/us-east-1 or -c env=cli.`,
    );
  return given;
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
