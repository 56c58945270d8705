/** The app of this package in process, as `npx cdk synth` builds it from the same context. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { buildApp } from '../../bin/app-stacks.ts';
import type { SynthesisedStack } from '../../lib/core/cost/price-assembly.ts';
import type { Template } from '../../lib/core/cost/template.ts';
import { recommendPublished } from '../../lib/core/recommend/recommend-published.ts';
import type { Recommendation } from '../../lib/core/recommend/recommendation.ts';
import { imageUri } from './endpoint.ts';
import { published } from './published.ts';

const { context: flags } = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'cdk.json'), 'utf8')) as {
  context: object;
};
const folder = mkdtempSync(join(tmpdir(), 'infersweep-app-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** A file whose name goes into the context. */
export function written(name: string, document: object): string {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(document));
  return file;
}

/** The app with the feature flags of cdk.json, not synthesised yet. */
export async function appOf(context: Record<string, string>, outdir = mkdtempSync(join(folder, 'out-'))): Promise<App> {
  const app = new App({ context: { ...flags, ...context }, outdir });
  await buildApp(app);
  return app;
}

export async function stacksOf(context: Record<string, string> = {}): Promise<SynthesisedStack[]> {
  const { stacks } = (await appOf(context)).synth();
  return stacks.map(({ stackName, tags, template }) => ({
    name: stackName,
    region: null,
    tags,
    template: template as Template,
  }));
}

/** What a published document recommends once it has a demand, which is what its refusal asks for. */
export function withDemand(name: string, requestsPerMinute: number, latencyMs?: number): Recommendation {
  const document = published(name);
  const slo = latencyMs === undefined ? document.slo : { percentile: 95 as const, latencyMs, maxErrorRate: 0.001 };
  return recommendPublished({ ...document, slo, demand: { requestsPerMinute } });
}

/** Two answers of the Triton example side by side: within 500 ms and within 450 ms. */
export function comparisonFile(): string {
  const sides = [500, 450].map((latencyMs) => {
    const recommendation = withDemand('triton-instance-sweep', 30_000, latencyMs);
    return { recommendation: written(`within-${latencyMs}.json`, recommendation) };
  });
  return written('comparison.json', {
    schema: 'infersweep.comparison.v1',
    sides,
    traffic: {
      image: imageUri,
      command: ['load', '{url}', '--rate', '{requestsPerMinute}'],
      requestsPerMinute: 30_000,
      startsAt: '2027-01-31T12:00:00Z',
      minutes: 30,
    },
    expiresAt: '2027-01-31T13:00:00Z',
  });
}
