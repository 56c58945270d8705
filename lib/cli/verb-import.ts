import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { type DescribedJob, describedJobSchema, requestedTraffic } from '../core/bridge/described-job.ts';
import { type Disagreement, disagreements } from '../core/bridge/disagreement.ts';
import { importJob } from '../core/bridge/import-job.ts';
import type { LatencyUnit } from '../core/bridge/latency-unit.ts';
import { type Replay, replayOf } from '../core/bridge/traffic.ts';
import type { Measurement } from '../core/measure/measurement.ts';
import type { Configuration } from '../core/plan/plan.ts';
import type { Slo } from '../core/recommend/goal.ts';
import { askAws, regionOrThrow } from './aws-access.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { Kit } from './kit.ts';
import { openEvidenceOrThrow } from './open-evidence.ts';
import { near, note, printJson, say } from './output.ts';
import { table } from './table.ts';

interface Options {
  against?: string;
  configuration?: string;
  items: string;
  latencyUnit: LatencyUnit;
  out?: string;
  region?: string;
  json?: boolean;
}

export function register(program: Command, kit: Kit): void {
  program
    .command('import')
    .description('read what a job of Inference Recommender found as measurements, and compare it with a run')
    .argument('<job>', 'file with the output of describe-inference-recommendations-job, or the name of a job')
    .option('--against <run>', 'run, or directory with published.json, whose figures stand beside the job’s')
    .option('--configuration <name>', 'what the job measured; read from its description unless given')
    .addOption(new Option('--latency-unit <unit>', 'of ModelLatency').choices(['ms', 'us']).default('ms'))
    .option('--items <n>', 'items that one request carried', '1')
    .option('--out <file>', 'write the measurements, one JSON document a line')
    .option('--region <name>', 'where a job is asked for; AWS_REGION unless given')
    .option('--json', 'print measurements and differences as one JSON document')
    .action(async (reference: string, o: Options) => {
      const job = existsSync(reference) ? jobIn(reference) : await jobNamed(kit, reference, o);
      const evidence = o.against === undefined ? null : await openEvidenceOrThrow(kit, o.against);
      const known = evidence?.plan?.deployments.map((d) => d.configuration) ?? configurationsOf(evidence?.measurements);
      const imported = importJob(job, {
        known,
        name: o.configuration ?? null,
        unit: o.latencyUnit,
        itemsPerRequest: itemsOf(o.items),
        isoOf: (moment) => new Date(typeof moment === 'number' ? moment * 1000 : moment).toISOString(),
      });
      if (!imported.ok) throw new CliError(exitCodes.usage, imported.why, imported.fix);
      const { measurements } = imported;
      const slo = evidence?.plan?.slo ?? sloOf(evidence?.published?.slo ?? null);
      const rows = evidence === null ? [] : disagreements(evidence.measurements, measurements, slo);
      if (o.out !== undefined) {
        writeFileSync(o.out, measurements.map((m) => `${JSON.stringify(m)}\n`).join(''));
        note(`wrote ${measurements.length} measurements to ${near(o.out)}`);
      }
      const requested = requestedTraffic(job);
      const replay = requested && replayOf(requested.traffic, requested.stopping);
      if (o.json) return printJson({ job: job.JobName, measurements, disagreements: rows, replay });
      for (const line of evidence === null ? figureLines(measurements) : disagreementLines(rows)) say(line);
      if (replay) note(`the same load without the job:  ${replayText(replay)}`);
    });
}

/** As it stands in an experiment, in YAML's short form. */
function replayText({ load, slo, stopWhenFlat }: Replay): string {
  const short = (value: unknown): string =>
    Array.isArray(value)
      ? `[${value.map(short).join(', ')}]`
      : typeof value === 'object' && value !== null
        ? `{ ${Object.entries(value)
            .map(([key, field]) => `${key}: ${short(field)}`)
            .join(', ')} }`
        : String(value);
  const limit = slo === null ? '' : `  slo: ${short(slo)}`;
  return `load: ${short(load)}${limit}${stopWhenFlat ? '  (the job stops when its rate is flat)' : ''}`;
}

/** Where nothing states an objective, only the percentile of our own figures is needed: the job has none. */
function sloOf(slo: Slo | null): Slo {
  return slo ?? { percentile: 95, latencyMs: Number.MAX_SAFE_INTEGER, maxErrorRate: 1 };
}

function configurationsOf(measurements: readonly Measurement[] = []): Configuration[] {
  return [...new Map(measurements.map(({ configuration: c }) => [c.id, c])).values()];
}

function itemsOf(text: string): number {
  const items = Number(text);
  if (Number.isInteger(items) && items >= 1) return items;
  throw new CliError(exitCodes.usage, `--items must be a whole number from 1, not "${text}"`, null);
}

/** The CLI prints NaN as it is, which JSON does not know. */
function jobIn(file: string): DescribedJob {
  const text = readFileSync(file, 'utf8').replace(/:\s*-?NaN\b/g, ': null');
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new CliError(exitCodes.usage, `${near(file)} is not JSON: ${(error as Error).message}`, describe('JOB'));
  }
  return parsed(document, near(file));
}

async function jobNamed(kit: Kit, reference: string, o: Options): Promise<DescribedJob> {
  // An ARN ends with the name.
  const name = reference.slice(reference.lastIndexOf('/') + 1);
  if (!/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,63}$/.test(name)) {
    throw new CliError(exitCodes.usage, `${reference} is neither a file nor the name of a job`, describe('JOB'));
  }
  const aws = await kit.aws(regionOrThrow(o.region));
  return parsed(await askAws(() => aws.recommenderJob(name)), `job ${name}`);
}

function parsed(document: unknown, where: string): DescribedJob {
  const read = describedJobSchema.safeParse(document);
  if (read.success) return read.data;
  const { path, message } = read.error.issues[0]!;
  throw new CliError(
    exitCodes.usage,
    `${where} is no description of a job: ${path.join('.') || 'document'}: ${message}`,
    describe('JOB'),
  );
}

const describe = (name: string) => `aws sagemaker describe-inference-recommendations-job --job-name ${name} > job.json`;

const shown = (value: number | null | undefined, digits: number) => (value == null ? '-' : value.toFixed(digits));

function figureLines(measurements: readonly Measurement[]): string[] {
  return table(
    ['configuration', 'instance', 'requests/min', 'latency, ms', 'USD/h'],
    measurements.map(({ configuration: c, scalar, price }) => [
      c.name,
      c.instanceType,
      shown(scalar?.requestsPerMinute, 0),
      shown(scalar?.latencyMs, 0),
      shown(price?.usdPerHour, 4),
    ]),
    [2, 3, 4],
  ).concat(measurements[0]?.scalar?.statistic ?? '');
}

function disagreementLines(rows: readonly Disagreement[]): string[] {
  const times = (ratio: number | null) => (ratio === null ? '-' : `${ratio.toFixed(2)} ×`);
  const statistics = new Set(rows.flatMap(({ ours, job }) => [ours?.statistic, job?.statistic].filter(Boolean)));
  return [
    ...table(
      ['configuration', 'instance', 'ours /min', 'job /min', 'rate', 'ours ms', 'job ms', 'latency', ''],
      rows.map((r) => [
        r.configuration,
        r.instanceType,
        shown(r.ours?.requestsPerMinute, 0),
        shown(r.job?.requestsPerMinute, 0),
        times(r.rateRatio),
        shown(r.ours?.latencyMs, 1),
        shown(r.job?.latencyMs, 1),
        times(r.latencyRatio),
        r.outside
          ? 'outside our interval'
          : r.ours === null
            ? 'not measured by us'
            : r.job === null
              ? 'not in the job'
              : '',
      ]),
      [2, 3, 4, 5, 6, 7],
    ),
    `ratios are the job’s over ours, at the highest rate of each; latencies: ${[...statistics].join(', ')}`,
  ];
}
