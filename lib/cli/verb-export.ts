import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { exportJobs } from '../core/bridge/export-jobs.ts';
import type { ExportedJob } from '../core/bridge/exported-job.ts';
import { parseExamples, requestBodies } from '../core/load/requests.ts';
import { pathText } from '../core/spec/issue.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { Kit } from './kit.ts';
import { near, note, printJson, say } from './output.ts';
import { payloadArchive } from './payload-archive.ts';
import { planOrThrow } from './planning.ts';

interface Options {
  to: 'recommender';
  role: string;
  bucket: string;
  models?: string;
  image: Map<string, string>;
  frameworkVersion: string;
  json?: boolean;
}

/** The last that AWS's own PyTorch inference images had. */
const FRAMEWORK_VERSION = '2.6';

export function register(program: Command, kit: Kit): void {
  program
    .command('export')
    .description('write the jobs that measure the same configurations another way; creates nothing')
    .argument('<experiment>', 'experiment.yaml, or the folder that holds it')
    .argument('<folder>', 'where the files go')
    .requiredOption('--to <tool>', 'recommender: SageMaker Inference Recommender', toolOf)
    .requiredOption('--role <arn>', 'role that the job creates and deletes its endpoints with')
    .requiredOption('--bucket <name>', 'S3 bucket of the payload archive')
    .option('--models <address>', 's3://…/ that holds PREPARATION/model.tar.gz; artifacts/ in the bucket unless given')
    .option('--image <name=address>', 'ECR address of an image of the kit, e.g. triton-sagemaker=…', imageOf, new Map())
    .option('--framework-version <version>', 'as the model package states it', FRAMEWORK_VERSION)
    .option('--json', 'print the jobs as one JSON document besides')
    .action(async (experiment: string, folder: string, o: Options) => {
      const planned = await planOrThrow(kit, experiment);
      const { plan } = planned;
      const archive = payloadArchive(
        requestBodies(parseExamples(planned.inputs, planned.golden), 'all', plan.itemsPerRequest).map((body, i) => ({
          name: `${String(i + 1).padStart(6, '0')}.json`,
          content: body.content,
        })),
      );
      const hash = createHash('sha256').update(archive).digest('hex').slice(0, 12);
      const payload = `s3://${o.bucket}/infersweep/payloads/${hash}.tar.gz`;
      const exported = exportJobs(plan, {
        role: o.role,
        payload,
        models: (o.models ?? `s3://${o.bucket}/artifacts/`).replace(/\/*$/, '/'),
        image: (name) => o.image.get(name) ?? null,
        frameworkVersion: o.frameworkVersion,
        sha256: (text) => createHash('sha256').update(text).digest('hex'),
      });
      if (!exported.ok) {
        const lines = exported.issues.map((i) => `${pathText(i.path)}: ${i.message}`);
        throw new CliError(exitCodes.usage, lines.join('\n'), `infersweep plan ${experiment}`);
      }
      write(folder, exported.jobs, archive);
      if (o.json) printJson(exported);
      else for (const line of steps(folder, exported.jobs, payload, plan.region!)) say(line);
      note(
        `${exported.jobs.length} jobs for ${plan.deployments.length - exported.left.length} deployments in ${near(folder)}`,
      );
      if (exported.left.length > 0) note(`not on SageMaker, so not exported: ${exported.left.join(', ')}`);
    });
}

function toolOf(text: string): string {
  if (text === 'recommender') return text;
  throw new InvalidArgumentError('allowed: recommender');
}

function imageOf(text: string, known: Map<string, string>): Map<string, string> {
  const [name, address, ...more] = text.split('=');
  if (!name || !address || more.length > 0) throw new InvalidArgumentError('must be NAME=ADDRESS.');
  return new Map([...known, [name, address]]);
}

/** `NAME.group.json`, `.package.json`, `.job.json`: what `--cli-input-json` of the three calls takes. */
function write(folder: string, jobs: readonly ExportedJob[], archive: Buffer): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'payload.tar.gz'), archive);
  for (const { job, modelPackage, modelPackageGroup } of jobs) {
    const put = (kind: string, document: unknown) =>
      writeFileSync(join(folder, `${job.JobName}.${kind}.json`), `${JSON.stringify(document, null, 2)}\n`);
    put('group', modelPackageGroup);
    put('package', modelPackage);
    put('job', job);
  }
}

function steps(folder: string, jobs: readonly ExportedJob[], payload: string, region: string): string[] {
  const call = (operation: string, name: string, kind: string) =>
    `aws sagemaker ${operation} --region ${region} --cli-input-json file://${join(folder, `${name}.${kind}.json`)}`;
  return [
    `aws s3 cp ${join(folder, 'payload.tar.gz')} ${payload}`,
    ...jobs.flatMap(({ job: { JobName } }) => [
      call('create-model-package-group', JobName, 'group'),
      call('create-model-package', JobName, 'package'),
      call('create-inference-recommendations-job', JobName, 'job'),
    ]),
    `infersweep import JOB --region ${region}   (when a job has completed)`,
  ];
}
