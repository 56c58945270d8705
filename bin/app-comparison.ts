/** `-c comparison=FILE`: which recommendations stand side by side, under which traffic, until when. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Arn, ArnFormat, Duration, type Stack } from 'aws-cdk-lib';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import * as z from 'zod';
import type { TrafficOrder } from '../lib/constructs/bounded-traffic.ts';
import { ModelData } from '../lib/constructs/model-data.ts';
import { ModelImage } from '../lib/constructs/model-image.ts';
import { explain } from '../lib/core/spec/explain.ts';
import { pathText } from '../lib/core/spec/issue.ts';
import { comparedConfigurations } from '../lib/stacks/compared.ts';
import type { ComparisonStackProps } from '../lib/stacks/comparison-stack.ts';
import { ContextError, modelPrefix, readRecommendation } from './app-context.ts';

const comparisonSchema = z.strictObject({
  schema: z.literal('infersweep.comparison.v1'),
  /** One for each fleet, 2 to 5; files are named from this document's folder. */
  sides: z
    .array(z.strictObject({ recommendation: z.string(), image: z.string().optional(), model: z.string().optional() }))
    .min(2)
    .max(5),
  traffic: z.strictObject({
    /** Load generator in ECR by digest. It signs its requests with the task's role. */
    image: z.string().regex(/^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com\/[a-z0-9._/-]+@sha256:[0-9a-f]{64}$/),
    /** Its command for one endpoint; `{endpointName}`, `{region}`, `{url}`, `{requestsPerMinute}`, `{seconds}` are filled in. */
    command: z.array(z.string()).min(1),
    requestsPerMinute: z.number().positive(),
    startsAt: z.string(),
    minutes: z.number().min(1).max(1440),
  }),
  expiresAt: z.string(),
});

/** @param scope a stack of the app, for what is imported */
export function comparisonOf(
  file: string,
  scope: Stack,
): Omit<ComparisonStackProps, 'env'> & { modelPrefixes: (string | null)[] } {
  const { sides, traffic, expiresAt } = read(resolve(file));
  const folder = dirname(resolve(file));
  const recommendations = sides.map((side) => readRecommendation(resolve(folder, side.recommendation)));
  const [first] = recommendations;
  const compared = comparedConfigurations(recommendations);
  if (compared.length < sides.length)
    throw new ContextError(`${file}: two of the recommendations choose the same configuration. Leave one out.`);
  return {
    experiment: first!.experiment,
    slo: first!.slo,
    configurations: compared.map((side, at) => {
      const { image, model } = sides[at]!;
      return {
        ...side,
        image: image === undefined ? undefined : ModelImage.fromUri(image),
        modelData: model === undefined ? undefined : ModelData.fromUri(model),
      };
    }),
    traffic: {
      image: ecrImage(scope, traffic.image),
      command: (order) => traffic.command.map((word) => filled(word, order)),
      requestsPerMinute: traffic.requestsPerMinute,
      startsAt: traffic.startsAt,
      duration: Duration.minutes(traffic.minutes),
    },
    expiresAt,
    modelPrefixes: sides.map(({ model = null }) => modelPrefix(model)),
  };
}

function read(file: string): z.infer<typeof comparisonSchema> {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ContextError(`${file} cannot be read: ${(error as Error).message}. docs/production.md has an example.`);
  }
  const parsed = comparisonSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.flatMap((found) => explain(found, document, comparisonSchema));
  const lines = issues.slice(0, 5).map(({ path, message }) => `  ${pathText(path) || 'document'}: ${message}`);
  throw new ContextError([`${file} is not a comparison:`, ...lines, 'docs/production.md has an example.'].join('\n'));
}

function filled(word: string, order: TrafficOrder): string {
  return word.replaceAll(/\{(\w+)\}/g, (whole, key: string) =>
    key in order ? String(order[key as keyof TrafficOrder]) : whole,
  );
}

/** With the right to pull it, which an image named by its address alone would not bring. */
function ecrImage(scope: Stack, uri: string): ContainerImage {
  const [address, digest] = uri.split('@') as [string, string];
  const [host, ...name] = address.split('/') as [string, ...string[]];
  const [account, , , region] = host.split('.');
  const repositoryArn = Arn.format(
    {
      service: 'ecr',
      resource: 'repository',
      resourceName: name.join('/'),
      account,
      region,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    },
    scope,
  );
  const repository = Repository.fromRepositoryAttributes(scope, 'TrafficImage', {
    repositoryArn,
    repositoryName: name.join('/'),
  });
  return ContainerImage.fromEcrRepository(repository, digest);
}
